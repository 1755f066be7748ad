// A small WXML reader: enough to know elements, attributes and whether every tag is closed.

const VOID = new Set(['import', 'include'])

/**
 * @param {string} source
 * @returns {{elements: {name: string, attributes: Record<string, string|true>, line: number, inside: string[]}[], problems: string[]}}
 *   `inside`: the names of the elements around it, the outermost first
 */
export function readWxml(source) {
  const elements = []
  const problems = []
  const open = []
  const text = source.replace(/<!--[\s\S]*?-->/g, (comment) => comment.replace(/[^\n]/g, ' '))
  const lineAt = (index) => text.slice(0, index).split('\n').length
  let at = 0
  while ((at = text.indexOf('<', at)) >= 0) {
    const line = lineAt(at)
    const tag = tagAt(text, at)
    if (!tag) {
      if (/^<[a-z/]/i.test(text.slice(at))) problems.push(`line ${line}: a tag never ends`)
      at += 1
      continue
    }
    at = tag.end
    if (tag.closing) {
      const last = open.pop()
      if (!last || last.name !== tag.name) problems.push(`line ${line}: </${tag.name}> closes ${last ? `<${last.name}> of line ${last.line}` : 'nothing'}`)
      continue
    }
    const element = { name: tag.name, attributes: tag.attributes, line, inside: open.map((outer) => outer.name) }
    elements.push(element)
    tag.repeated.forEach((name) => problems.push(`line ${line}: <${tag.name}> has ${name} twice`))
    if (tag.name === 'wxs' && !tag.selfClosing) at = text.indexOf('</wxs>', at) + 6
    else if (!tag.selfClosing && !VOID.has(tag.name)) open.push(element)
  }
  open.forEach(({ name, line }) => problems.push(`line ${line}: <${name}> is never closed`))
  return { elements, problems }
}

/** The tag that starts at `start`, or null when it does not end. A `>` inside quotes belongs to its value. */
function tagAt(text, start) {
  const head = /^<(\/?)([a-zA-Z][\w-]*)/.exec(text.slice(start, start + 80))
  if (!head) return null
  const tag = { closing: head[1] === '/', name: head[2], attributes: {}, repeated: [], selfClosing: false, end: 0 }
  let at = start + head[0].length
  const pattern = /\s*(?:(\/?>)|([^\s=>/]+)(?:\s*=\s*("[^"]*"|'[^']*'))?)/y
  for (;;) {
    pattern.lastIndex = at
    const part = pattern.exec(text)
    if (!part) return null
    at = pattern.lastIndex
    if (part[1]) {
      tag.selfClosing = part[1] === '/>'
      tag.end = at
      return tag
    }
    if (part[2] in tag.attributes) tag.repeated.push(part[2])
    tag.attributes[part[2]] = part[3] === undefined ? true : part[3].slice(1, -1)
  }
}

/** The names of the handlers that an element's events call: [{event, handler}]. */
export function handlersOf(element) {
  return Object.entries(element.attributes)
    .map(([name, value]) => ({ match: /^(?:capture-)?(?:bind|catch|mut-bind):?([\w-]+)$/.exec(name), value }))
    .filter(({ match, value }) => match && typeof value === 'string' && value && !value.includes('{{'))
    .map(({ match, value }) => ({ event: match[1], handler: value }))
}
