// node build/build.mjs --root <mini-program> --out <folder> [--modules <its node_modules>]
//
// Compiles a native WeChat mini-program into a folder of static files that run it in a browser. Prints what it did in plain
// lines; a mistake in the mini-program ends it with exit code 1 and one line on stderr.
import path from 'node:path'
import { parseArgs } from 'node:util'
import { fileURLToPath } from 'node:url'
import esbuild from 'esbuild'
import { collectAssets } from './assets.mjs'
import { Components } from './components.mjs'
import { Icons } from './icons.mjs'
import { Output } from './output.mjs'
import { indexHtml, minifyCss, minifyJs } from './page.mjs'
import { Project, SourceError } from './project.mjs'
import { describe, Scripts } from './scripts.mjs'
import { Styles } from './styles.mjs'
import { Templates } from './templates.mjs'

const RUNTIME = fileURLToPath(new URL('../runtime/', import.meta.url))
const HERE = path.dirname(fileURLToPath(new URL('../package.json', import.meta.url)))

/** Compiles the mini-program at `root`; `emitFirst(url of the rest)` and `emitRest()` give JavaScript. */
function compile(root, modules) {
  const project = new Project(root, modules)
  const assets = collectAssets(project.root)
  const icons = new Icons(project)
  const scripts = new Scripts(project)
  const collections = []
  const newTemplates = () => collections[collections.push(new Templates(project)) - 1]
  const assetUrl = (file) => assets.get(file.replace(/^\//, ''))?.name ?? null
  const styles = new Styles(project, (sheet, virtual) => icons.adapt(sheet, virtual), assetUrl)
  const components = new Components(project, { scripts, newTemplates, styles })
  const [first, rest] = components.collect()
  icons.scan([...scripts.sources(), ...collections.flatMap(({ texts }) => texts)])

  const emitPart = (part) =>
    `{components:${components.emit(part.components)},styles:${styles.emit(part.styles, minifyCss)},` +
    `modules:${scripts.emit(part.scripts)},templates:${part.templates.emit()}}`
  const { app, pages } = components
  const theme = app.themeLocation ? project.readJson(app.themeLocation.replace(/\.json$/, '')) : {}
  const urls = Object.fromEntries([...assets].map(([file, { name }]) => [file, name]))
  const firstPart = emitPart(first)
  const restPart = emitPart(rest)
  const emitFirst = (restUrl) =>
    minifyJs(
      `window.__miniprogram={app:${JSON.stringify(app)},pages:${JSON.stringify(pages)},` +
        `theme:${JSON.stringify(theme)},assets:${JSON.stringify(urls)},warnings:${JSON.stringify(project.warnings)},` +
        `restUrl:${JSON.stringify(restUrl)},parts:[${firstPart}]}`,
    )
  const emitRest = () => minifyJs(`window.__miniprogram.parts.push(${restPart})`)
  const summary = `${pages.length} pages, ${components.all.size} components, ${scripts.modules.size} scripts, ${assets.size} pictures`
  return { emitFirst, emitRest, assets, project, summary, title: app.window?.navigationBarTitleText || '小程序' }
}

/** Bundles one entry of the runtime; returns {js, css} as text. */
function bundle(entry) {
  const { outputFiles } = esbuild.buildSync({
    entryPoints: [path.join(RUNTIME, entry)],
    absWorkingDir: HERE,
    outdir: path.join(RUNTIME, 'out'),
    bundle: true,
    write: false,
    minify: true,
    format: 'iife',
    target: 'es2021',
    charset: 'utf8',
    logLevel: 'silent',
    define: { 'process.env.NODE_ENV': '"production"' },
    loader: { '.svg': 'dataurl' },
  })
  const text = (suffix) => outputFiles.find((file) => file.path.endsWith(suffix))?.text ?? ''
  return { js: text('.js'), css: text('.css') }
}

function write(out, compiled, started) {
  const output = new Output(out)
  try {
    const phone = bundle('phone.js')
    const panel = bundle('panel/panel.js')
    const rest = output.addHashed('rest.js', compiled.emitRest())
    const files = {
      phone: {
        css: output.addHashed('phone.css', phone.css),
        js: [output.addHashed('app.js', compiled.emitFirst(rest)), output.addHashed('runtime.js', phone.js)],
      },
      panel: { css: output.addHashed('panel.css', panel.css), js: [output.addHashed('panel.js', panel.js)] },
    }
    for (const { name, data } of compiled.assets.values()) output.add(name, data)
    output.add('index.html', indexHtml(files, escapeHtml(compiled.title)))
    output.finish(started, { warnings: compiled.project.warnings })
    return output.sizes
  } catch (error) {
    output.discard()
    throw error
  }
}

function main() {
  const started = Date.now()
  const { values } = parseArgs({
    options: { root: { type: 'string' }, out: { type: 'string' }, modules: { type: 'string' } },
  })
  if (!values.root || !values.out)
    throw new SourceError('usage: build.mjs --root <mini-program> --out <folder> [--modules <node_modules>]')
  const compiled = compile(values.root, values.modules)
  const sizes = write(values.out, compiled, started)
  compiled.project.warnings.forEach((warning) => console.log(`warning: ${warning}`))
  const kilobytes = (...names) =>
    Math.round(
      Object.entries(sizes)
        .filter(([name]) => names.includes(name.split('.')[0]))
        .reduce((sum, [, size]) => sum + size, 0) / 1000,
    )
  console.log(
    `${compiled.summary}; compressed ${kilobytes('index', 'app', 'runtime', 'phone')} kB for the first page, ` +
      `${kilobytes('rest')} kB for the others; ${Date.now() - started} ms`,
  )
}

const escapeHtml = (text) => text.replace(/[&<>]/g, (c) => `&#${c.charCodeAt(0)};`)

try {
  main()
} catch (error) {
  const ours = error instanceof SourceError
  console.error(ours ? `error: ${error.message}` : error.errors ? `error: ${describe(error)}` : error.stack)
  process.exit(1)
}
