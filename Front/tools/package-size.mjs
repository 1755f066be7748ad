// How big the main package is, and each sub-package apart: our files and only those of TDesign's that they reach, as WeChat uploads them
// (project.config.json leaves out files that nothing uses). Before WeChat's own minification, so an upper bound.
// Usage: node tools/package-size.mjs   exits with 1 above the limit.
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const LIMIT = 1024 * 1024
const root = fileURLToPath(new URL('..', import.meta.url))
const library = path.join(root, 'node_modules/tdesign-miniprogram/miniprogram_dist')
const LEFT_OUT = /^(node_modules|miniprogram_npm|tests|tools|README\.md|package(-lock)?\.json|eslint\.config\.mjs|\..*)$/

const ours = []
const walk = (folder) => readdirSync(folder, { withFileTypes: true }).forEach((entry) => {
  if (folder === root && LEFT_OUT.test(entry.name)) return
  const name = path.join(folder, entry.name)
  if (entry.isDirectory()) walk(name)
  else if (!/images\/tab\/.*\.svg$/.test(name)) ours.push(name)
})
walk(root)

const reached = new Set()

/** Adds a file of the library and everything that it names. */
function reach(name) {
  if (reached.has(name) || !existsSync(name) || !statSync(name).isFile()) return
  reached.add(name)
  const text = readFileSync(name, 'utf8')
  const near = (target) => path.resolve(path.dirname(name), target)
  if (name.endsWith('.json')) Object.values(JSON.parse(text).usingComponents || {}).forEach((target) => component(near(target)))
  if (/\.(js|wxs)$/.test(name)) {
    for (const [, target] of text.matchAll(/(?:from|require\(|import)\s*["']([^"']+)["']/g)) script(near, target)
  }
  if (name.endsWith('.wxml')) for (const [, target] of text.matchAll(/src="([^"{]+\.(?:wxs|wxml))"/g)) reach(near(target))
  if (name.endsWith('.wxss')) for (const [, target] of text.matchAll(/@import\s+['"]([^'"]+)['"]/g)) reach(near(target))
}

function script(near, target) {
  if (!target.startsWith('.')) return reach(path.join(library, 'miniprogram_npm', target, 'index.js'))
  for (const ending of ['', '.js', '/index.js']) reach(near(target) + ending)
}

function component(base) {
  for (const ending of ['.json', '.js', '.wxml', '.wxss']) reach(base + ending)
}

for (const name of ours.filter((file) => file.endsWith('.json'))) {
  const targets = Object.values(JSON.parse(readFileSync(name, 'utf8')).usingComponents || {})
  targets.filter((target) => target.startsWith('tdesign-miniprogram/')).forEach((target) => component(path.join(library, target.slice(20))))
}

const weigh = (files) => files.reduce((sum, file) => sum + statSync(file).size, 0)
const kib = (bytes) => `${(bytes / 1024).toFixed(0)} KiB`
const parts = JSON.parse(readFileSync(path.join(root, 'app.json'), 'utf8')).subPackages || []
const inside = (part) => ours.filter((file) => file.startsWith(path.join(root, part.root) + path.sep))
const apart = new Set(parts.flatMap(inside))
const main = ours.filter((file) => !apart.has(file))
const [own, theirs] = [weigh(main), weigh([...reached])]
console.log(`ours ${kib(own)} in ${main.length} files, TDesign ${kib(theirs)} in ${reached.size} files, together ${kib(own + theirs)} of ${kib(LIMIT)}`)
parts.forEach((part) => console.log(`${part.root} ${kib(weigh(inside(part)))} in ${inside(part).length} files`))
if (own + theirs > LIMIT || parts.some((part) => weigh(inside(part)) > LIMIT)) process.exit(1)
