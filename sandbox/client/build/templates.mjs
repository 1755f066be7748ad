// WXML and WXS, compiled by WeChat's own template compiler (glass-easel). WXS is a dialect of JavaScript with a few
// differences that the compiler passes through, so the source is adapted first.
import { createRequire } from 'node:module'
import { join, SourceError } from './project.mjs'

const { TmplGroup } = createRequire(import.meta.url)('glass-easel-template-compiler')

// Defined inside the compiled templates, beside the compiler's own helpers.
const WXS_GLOBALS = `
var __wxsConstructor=function(x){return x===null||x===undefined?undefined:({}).toString.call(x).slice(8,-1)},
getRegExp=function(a,b){return new RegExp(a,b)},
getDate=function(){return arguments.length?new (Date.bind.apply(Date,[null].concat([].slice.call(arguments))))():new Date()};`

export class Templates {
  constructor(project) {
    this.project = project
    this.group = new TmplGroup()
    this.group.setExtraRuntimeScript(WXS_GLOBALS)
    this.seen = new Set()
    this.scripts = new Set()
    this.texts = []
  }

  /** Adds a template with everything it imports or includes. */
  add(virtual) {
    if (this.seen.has(virtual)) return
    this.seen.add(virtual)
    if (!this.project.has(virtual, '.wxml')) {
      this.project.warn(`${virtual}.wxml: not found`)
      return
    }
    const text = this.project.read(virtual, '.wxml')
    this.texts.push(text)
    for (const notice of this.group.addTmpl(virtual, text)) this.report(virtual, notice)
    for (const name of this.group.getInlineScriptModuleNames(virtual)) {
      this.group.setInlineScript(virtual, name, adaptWxs(this.group.getInlineScript(virtual, name)))
    }
    for (const other of this.group.getDirectDependencies(virtual)) this.add(other)
    for (const script of this.group.getScriptDependencies(virtual)) this.addScript(script)
  }

  addScript(virtual) {
    if (this.scripts.has(virtual)) return
    this.scripts.add(virtual)
    if (!this.project.has(virtual, '.wxs')) {
      this.project.warn(`${virtual}.wxs: not found`)
      return
    }
    const source = adaptWxs(this.project.read(virtual, '.wxs'))
    this.texts.push(source)
    this.group.addScript(virtual, source)
    for (const [, request] of source.matchAll(/require\(\s*["']([^"']+)["']\s*\)/g)) {
      this.addScript(join(virtual, request.replace(/\.wxs$/, '')))
    }
  }

  report(virtual, notice) {
    const line = `${virtual}.wxml:${notice.startLine + 1}:${notice.startColumn + 1}: ${notice.message}`
    // A library's template is not ours to fix: it goes on with what could be compiled, as DevTools does.
    const library = virtual.startsWith('miniprogram_npm/')
    if (notice.isError && !library) throw new SourceError(line)
    if (notice.isError || !library) this.project.warn(line)
  }

  /** A JavaScript object literal: {path: template generator}. */
  emit() {
    return this.group.getTmplGenObjectGroups()
  }
}

/**
 * WXS as JavaScript:
 * - `getRegExp('\d')` keeps its backslash (a WXS string does not treat it as an escape);
 * - `x.constructor` is a text such as 'Array';
 * - `require('x.wxs')` goes by the path without the suffix.
 */
export function adaptWxs(source) {
  return source
    .replace(
      /getRegExp\(\s*(['"])((?:\\.|(?!\1).)*)\1/g,
      (_, quote, body) => `getRegExp(${quote}${body.replace(/\\/g, '\\\\')}${quote}`,
    )
    .replace(/(require\(\s*["'][^"']+)\.wxs(["'])/g, '$1$2')
    .replace(/([\w$\])]+(?:\.[\w$]+)*)\.constructor\b/g, '__wxsConstructor($1)')
}
