// JavaScript: every file becomes a CommonJS module, a function of (require, module, exports, Page, Component, …), which
// the runtime calls the first time somebody requires it. Nothing is bundled or shaken: WeChat does not either, and
// Component() must know from which file it is called.
import path from 'node:path'
import esbuild from 'esbuild'
import { packageName, SourceError } from './project.mjs'

/** The parameters every module function gets; runtime/modules.js passes them in this order. */
export const PARAMETERS = 'require,module,exports,Page,Component,Behavior,App,getApp,getCurrentPages,wx'

const REQUIRE = /\brequire\(\s*["'`]([^"'`]+)["'`]\s*\)/g

export class Scripts {
  constructor(project) {
    this.project = project
    /** virtual path → {code, requires: {text in the source → virtual path}} */
    this.modules = new Map()
  }

  /** Adds a module and everything it requires. */
  add(virtual) {
    if (this.modules.has(virtual)) return
    const module = { code: '', requires: {} }
    this.modules.set(virtual, module)
    module.code = this.toCommonJs(virtual)
    for (const [, request] of module.code.matchAll(REQUIRE)) {
      const target = this.project.resolveFile(virtual, request, '.js') ?? this.bundlePackage(request)
      if (target === null) this.project.warn(`${virtual}.js: module "${request}" not found`)
      else {
        module.requires[request] = target
        this.add(target)
      }
    }
  }

  toCommonJs(virtual) {
    const source = this.project.read(virtual, '.js')
    try {
      return esbuild.transformSync(source, {
        loader: 'js',
        format: 'cjs',
        target: 'es2020',
        charset: 'utf8',
        sourcefile: `${virtual}.js`,
      }).code
    } catch (error) {
      throw new SourceError(describe(error))
    }
  }

  // An ordinary npm package (no miniprogram folder): bundled into one module, as "build npm" does.
  bundlePackage(request) {
    if (/^[./]/.test(request) || !this.project.package(packageName(request))?.plain) return null
    const virtual = `miniprogram_npm/${request}/index`
    if (this.modules.has(virtual)) return virtual
    const { outputFiles } = esbuild.buildSync({
      entryPoints: [request],
      absWorkingDir: path.dirname(this.project.modules),
      nodePaths: [this.project.modules],
      bundle: true,
      write: false,
      format: 'cjs',
      platform: 'browser',
      logLevel: 'silent',
    })
    this.modules.set(virtual, { code: outputFiles[0].text, requires: {} })
    return virtual
  }

  /** The text of every module, where component and icon names are looked for. */
  sources() {
    return [...this.modules.values()].map((module) => module.code)
  }

  /** A JavaScript object literal: {path: [function (…) {…}, {request: path}]}. */
  emit(paths) {
    const entries = paths
      .map((path) => [path, this.modules.get(path)])
      .map(
        ([path, { code, requires }]) =>
          `${JSON.stringify(path)}:[function(${PARAMETERS}){${code}\n},${JSON.stringify(requires)}]`,
      )
    return `{${entries.join(',\n')}}`
  }
}

/** esbuild's first complaint in one line. */
export function describe(error) {
  const first = error.errors?.[0]
  if (!first) return error.message
  const at = first.location ? `${first.location.file}:${first.location.line}:${first.location.column + 1}: ` : ''
  return at + first.text
}
