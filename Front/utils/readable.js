// Data of any shape as lines that a person can read: indented names and values, no brackets.

/** @returns {string} one line per value, two spaces deeper per level; '' for nothing at all */
function readable(value, depth = 0) {
  const margin = '  '.repeat(depth)
  if (value === null || value === undefined || value === '') return `${margin}（空）`
  if (typeof value !== 'object') return margin + String(value)
  const pairs = Array.isArray(value) ? value.map((item, index) => [`第 ${index + 1} 项`, item]) : Object.keys(value).map((name) => [name, value[name]])
  if (!pairs.length) return `${margin}（没有）`
  return pairs
    .map(([name, item]) => (item !== null && typeof item === 'object'
      ? `${margin}${name}：\n${readable(item, depth + 1)}`
      : `${margin}${name}：${readable(item)}`))
    .join('\n')
}

module.exports = { readable }
