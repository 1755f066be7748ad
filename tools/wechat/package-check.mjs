// What a compiled package must and must not hold.
/** WeChat refuses a main package above 2 MiB; ours stays far enough below it for a year of changes. */
export const LIMIT_BYTES = 1.2 * 1024 * 1024

const STRAY = /(^|\/)(tests?|tools|node_modules)\/|\.test\.|eslint|(^|\/)package(-lock)?\.json$|README/
const BIGGEST_SHOWN = 8

const sizeOf = (content) => (typeof content === 'string' ? Buffer.byteLength(content) : content.length)
export const totalOf = (files) => Object.values(files).reduce((sum, content) => sum + sizeOf(content), 0)
const kib = (bytes) => `${(bytes / 1024).toFixed(0)} KiB`

/**
 * @param {Record<string, string | Buffer>} files what the compiler would upload, by name
 * @param {{ pages: string[], tabBar: { list: { iconPath: string, selectedIconPath: string }[] } }} app app.json
 * @returns {string[]} what is wrong
 */
export function problemsOf(files, app) {
  const problems = []
  const total = totalOf(files)
  if (total > LIMIT_BYTES) problems.push(`${kib(total)} is more than ${kib(LIMIT_BYTES)}`)
  const needed = ['app.js', 'app.json', 'app.wxss']
  for (const page of app.pages) needed.push(`${page}.js`, `${page}.json`, `${page}.wxml`)
  for (const tab of app.tabBar.list) needed.push(tab.iconPath, tab.selectedIconPath)
  for (const name of needed) if (!(name in files)) problems.push(`${name} is not in the package`)
  for (const name of Object.keys(files)) if (STRAY.test(name)) problems.push(`${name} does not belong into the package`)
  return problems
}

/** One line with the sum, and the largest folders. */
export function summaryOf(files, limit, milliseconds) {
  const folders = new Map()
  for (const [name, content] of Object.entries(files)) {
    const folder = name.split('/').slice(0, name.startsWith('miniprogram_npm/') ? 3 : 2).join('/')
    folders.set(folder, (folders.get(folder) || 0) + sizeOf(content))
  }
  const largest = [...folders].sort((one, other) => other[1] - one[1]).slice(0, BIGGEST_SHOWN)
  return [
    `WeChat would upload ${kib(totalOf(files))} in ${Object.keys(files).length} files (limit ${kib(limit)}; ${Math.round(milliseconds / 1000)} s)`,
    ...largest.map(([folder, size]) => `  ${kib(size).padStart(8)}  ${folder}`),
  ].join('\n')
}
