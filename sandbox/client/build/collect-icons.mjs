// Makes icons.json: node collect-icons.mjs <folder of tdesign-icons-vue-next 0.4.3> <words of sources>…
//
// Run by hand when tdesign-miniprogram is updated or an icon is missing. The package with the drawings (MIT, 134 MB) is not
// a dependency for that reason. Taken are the icons below and those whose names are mentioned in the given folders.
import fs from 'node:fs'
import path from 'node:path'

const USEFUL = new RegExp(
  `^(${[
    'add',
    'add-circle',
    'address-book',
    'app',
    'arrow-(left|right|up|down)',
    'assignment.*',
    'bill',
    'book(-open)?',
    'bookmark',
    'browse(-off)?',
    'building.*',
    'calendar.*',
    'call.*',
    'camera.*',
    'cardmembership',
    'cart',
    'caret-.*',
    'certificate',
    'chat(-.*)?',
    'check.*',
    'chevron-.*',
    'city.*',
    'close.*',
    'collection',
    'component-.*',
    'compass',
    'constraint',
    'coupon',
    'creditcard',
    'customer(-.*)?',
    'dashboard',
    'data',
    'delete.*',
    'discount',
    'doge',
    'download',
    'edit.*',
    'ellipsis',
    'education',
    'error.*',
    'file(-.*)?',
    'filter(-.*)?',
    'flag.*',
    'folder',
    'forward',
    'furniture',
    'gift',
    'giggle',
    'heart.*',
    'help.*',
    'history',
    'home',
    'hospital(-.*)?',
    'houses.*',
    'image(-.*)?',
    'indicator',
    'info.*',
    'internet',
    'laptop',
    'layers',
    'link',
    'list',
    'loading',
    'location(-.*)?',
    'lock-(on|off)',
    'logout',
    'mail',
    'map(-.*)?',
    'medal',
    'member',
    'menu.*',
    'microphone',
    'minus.*',
    'mobile(-.*)?',
    'money(-.*)?',
    'more',
    'nfc',
    'notification(-.*)?',
    'order-.*',
    'pay.*',
    'pen',
    'personal-information',
    'phone(-.*)?',
    'pin',
    'play-circle',
    'poweroff',
    'precise-monitor',
    'print',
    'questionnaire',
    'queue',
    'quick',
    'refresh',
    'relativity',
    'rollback',
    'root-list',
    'rotate',
    'scan',
    'search(-.*)?',
    'secured',
    'service',
    'setting',
    'share(-.*)?',
    'shield-error',
    'shop(-.*)?',
    'smile',
    'sound',
    'star.*',
    'stop-circle',
    'support',
    'swap',
    'system-.*',
    'task(-.*)?',
    'textformat-.*',
    'thumb-.*',
    'ticket',
    'time.*',
    'tips',
    'tools',
    'undo',
    'upload',
    'user(-.*)?',
    'usergroup(-.*)?',
    'verified',
    'verify',
    'view-.*',
    'wallet(-.*)?',
    'wifi(-.*)?',
    'wheelchair',
    'accessibility',
    'capsule',
    'cross',
    'medicine',
    'flower',
    'cloud',
    'care',
    'hand.*',
    'walk',
    'car',
    'vehicle',
    'child',
  ].join('|')})(-filled)?$`,
)

const [iconFolder, ...sourceFolders] = process.argv.slice(2)
const words = new Set()
sourceFolders.forEach(scan)

const drawings = {}
const components = path.join(iconFolder, 'lib/components')
for (const file of fs
  .readdirSync(components)
  .filter((name) => name.endsWith('.js'))
  .sort()) {
  const name = file.slice(0, -3)
  if (!USEFUL.test(name) && !words.has(name)) continue
  const literal = /var element = (\{[\s\S]*?\n\});/.exec(fs.readFileSync(path.join(components, file), 'utf8'))
  if (literal) drawings[name] = JSON.parse(literal[1]).children.map(markup).join('')
}
const lines = Object.entries(drawings).map(([name, drawing]) => `${JSON.stringify(name)}: ${JSON.stringify(drawing)}`)
fs.writeFileSync(new URL('./icons.json', import.meta.url), `{\n${lines.join(',\n')}\n}\n`)
console.log(`${lines.length} icons`)

function scan(folder) {
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name)
    if (entry.name === 'node_modules') continue
    if (entry.isDirectory()) scan(file)
    else if (/\.(js|wxml|wxs|json)$/.test(entry.name)) {
      for (const [, word] of fs.readFileSync(file, 'utf8').matchAll(/["'`]([a-z0-9-]+)["'`]/g)) words.add(word)
    }
  }
}

// Only the shape counts for a mask: strokes and the fill of "filled" icons are black, the fill inside an outline vanishes.
function markup({ tag, attrs = {}, children = [] }) {
  const inner = children.map(markup).join('')
  if (tag === 'g') return inner
  const shape = Object.entries(attrs)
    .flatMap(([key, value]) => attribute(key, value))
    .join(' ')
  return shape.includes('fill=') || shape.includes('stroke=') ? `<${tag} ${shape}/>` : ''
}

function attribute(key, value) {
  if (key === 'id') return []
  if (key === 'stroke') return ["stroke='#000'"]
  if (key === 'strokeWidth') return ["stroke-width='2'"]
  if (key === 'fill') return value === 'props.filledColor' ? ["fill='#000'"] : []
  return [`${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}='${value}'`]
}
