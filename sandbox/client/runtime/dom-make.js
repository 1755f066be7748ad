// A small maker of DOM nodes, used by the phone's frame and by the panel.

/** make('div.mp-row', {text | html | attributes and on… handlers}, …children) */
export function make(tagAndClass, options = {}, ...children) {
  const [tag, ...classes] = tagAndClass.split('.')
  const element = document.createElement(tag)
  if (classes.length) element.className = classes.join(' ')
  for (const [name, value] of Object.entries(options)) {
    if (name === 'text') element.textContent = value
    else if (name === 'html') element.innerHTML = value
    else if (name.startsWith('on')) element.addEventListener(name.slice(2), value)
    else if (value === true) element.setAttribute(name, '')
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value)
  }
  element.append(...children.filter((child) => child !== null && child !== undefined))
  return element
}
