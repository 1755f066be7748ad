// Data of any shape as lines that a person can read: indented names and values, no brackets.

const { NAMES, VALUES } = require('../texts/data-names')

/** @returns {string} one line per value, two spaces deeper per level */
function readable(value, depth = 0) {
  const margin = '  '.repeat(depth)
  if (!isGroup(value)) return margin + plain(value)
  const pairs = Array.isArray(value) ? value.map((item, index) => [`第 ${index + 1} 项`, item]) : Object.keys(value).map((name) => [name, value[name]])
  if (!pairs.length) return `${margin}（没有）`
  return pairs
    .map(([name, item]) => {
      const said = (VALUES[name] && VALUES[name][item]) || item
      const title = `${margin}${NAMES[name] || name}：`
      return isGroup(said) ? `${title}\n${readable(said, depth + 1)}` : title + plain(said)
    })
    .join('\n')
}

const isGroup = (value) => value !== null && typeof value === 'object'

const plain = (value) => (value === null || value === undefined || value === '' ? '（空）' : String(value))

module.exports = { readable }
