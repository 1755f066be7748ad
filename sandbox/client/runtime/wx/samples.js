// Faces to choose an avatar from, so that trying the profile page needs no picture at hand.

const FACES = [
  { name: '样例头像：奶奶', background: '#fde2d4', skin: '#f6c7a4', hair: '#c9ccd1' },
  { name: '样例头像：爷爷', background: '#d8ecea', skin: '#f1bf9b', hair: '#eceff1' },
  { name: '样例头像：女儿', background: '#e6e0f5', skin: '#f8d2b3', hair: '#3b2f2f' },
  { name: '样例头像：儿子', background: '#dbe7f8', skin: '#efc09a', hair: '#2a2a33' },
]

const draw = ({
  background,
  skin,
  hair,
}) => `<svg xmlns='http://www.w3.org/2000/svg' width='300' height='300' viewBox='0 0 100 100'>
<rect width='100' height='100' fill='${background}'/><path d='M20 100c2-22 14-30 30-30s28 8 30 30z' fill='#0f766e'/>
<circle cx='50' cy='42' r='22' fill='${hair}'/><circle cx='50' cy='48' r='18' fill='${skin}'/>
<circle cx='43' cy='47' r='2' fill='#333'/><circle cx='57' cy='47' r='2' fill='#333'/>
<path d='M43 55q7 6 14 0' stroke='#333' stroke-width='2' fill='none' stroke-linecap='round'/></svg>`

/** [{name, url}], a url being an SVG data address. */
export const sampleAvatars = () =>
  FACES.map((face) => ({ name: face.name, url: `data:image/svg+xml,${encodeURIComponent(draw(face))}` }))
