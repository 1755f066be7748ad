// The graph of pages and components, from app.json down. Collects scripts, templates and styles on the way.
import path from 'node:path'
import { SourceError } from './project.mjs'

// `options: { styleIsolation: 'shared' }` in a component's script. Decided here because the style sheet has to be compiled
// with or without a scope; a value that is computed at run time is not seen.
const SHARED_IN_SCRIPT = /styleIsolation\s*['"]?\s*[:=]\s*['"](?:page-)?shared['"]/

export class Components {
  /** @param {() => Templates} newTemplates makes the collection that the templates of one part go into */
  constructor(project, { scripts, newTemplates, styles }) {
    Object.assign(this, { project, scripts, newTemplates, styles })
    this.templates = newTemplates()
    this.app = project.readJson('app')
    this.pages = listPages(this.app)
    /** virtual path → {json, uses: [virtual path], scope} */
    this.all = new Map()
    this.globalUsing = this.resolveAll('app', this.app.usingComponents)
  }

  /**
   * Collects everything, in two parts: what the first page needs, and the rest, which the browser loads when it is wanted
   * (WeChat's `lazyCodeLoading`, roughly). Returns the parts: [{components, scripts, styles, templates}], each the
   * virtual paths that belong to it and the templates.
   */
  collect() {
    const { pages } = this
    if (pages.length === 0) throw new SourceError('app.json: no pages')
    const missing = pages.find((page) => !this.project.has(page, '.wxml'))
    if (missing) throw new SourceError(`app.json: page "${missing}" has no .wxml file`)
    if (this.app.tabBar?.custom)
      this.project.warn('app.json: a custom tab bar is not supported, the default one is drawn')

    if (this.project.has('app', '.js')) this.scripts.add('app')
    this.styles.add('app', '')
    this.add(this.app.entryPagePath ?? pages[0])
    const first = this.part(null)
    this.templates = this.newTemplates()
    pages.forEach((page) => this.add(page))
    return [first, this.part(first)]
  }

  // Everything collected since the earlier part.
  part(earlier) {
    const since = (map, name) => [...map.keys()].filter((path) => !earlier?.[name].includes(path))
    return {
      components: since(this.all, 'components'),
      scripts: since(this.scripts.modules, 'scripts'),
      styles: since(this.styles.sheets, 'styles'),
      templates: this.templates,
    }
  }

  add(virtual) {
    if (this.all.has(virtual)) return
    const json = this.project.has(virtual, '.json') ? this.project.readJson(virtual) : {}
    const using = { ...this.globalUsing, ...this.resolveAll(virtual, json.usingComponents) }
    const generics = this.resolveGenerics(virtual, json.componentGenerics)
    const scope = `s${this.all.size.toString(36)}`
    const uses = [...new Set([...Object.values(using), ...generics.paths])]
    const absolute = Object.fromEntries(Object.entries(using).map(([tag, target]) => [tag, `/${target}`]))
    this.all.set(virtual, { json: { ...json, ...generics.json, usingComponents: absolute }, uses, scope })
    this.templates.add(virtual)
    if (this.project.has(virtual, '.js')) this.scripts.add(virtual)
    this.styles.add(virtual, json.component && !this.sharesStyles(virtual, json) ? scope : '')
    uses.forEach((used) => this.add(used))
  }

  sharesStyles(virtual, json) {
    if (json.styleIsolation) return /shared$/.test(json.styleIsolation) && !/apply-shared$/.test(json.styleIsolation)
    return SHARED_IN_SCRIPT.test(this.scripts.modules.get(virtual)?.code ?? '')
  }

  resolveAll(from, using = {}) {
    const found = {}
    for (const [tag, request] of Object.entries(using)) {
      const target = this.project.resolveComponent(from, request)
      if (target !== null) found[tag] = target
    }
    return found
  }

  resolveGenerics(from, generics) {
    if (!generics) return { json: {}, paths: [] }
    const paths = []
    const json = {}
    for (const [name, value] of Object.entries(generics)) {
      const target = value.default ? this.project.resolveComponent(from, value.default) : null
      json[name] = target ? { default: `/${target}` } : value
      if (target) paths.push(target)
    }
    return { json: { componentGenerics: json }, paths }
  }

  emit(paths) {
    return JSON.stringify(Object.fromEntries(paths.map((path) => [path, this.all.get(path)])))
  }
}

function listPages(app) {
  const pages = [...(app.pages ?? [])]
  for (const part of app.subPackages ?? app.subpackages ?? []) {
    for (const page of part.pages ?? []) pages.push(path.posix.join(part.root, page))
  }
  return pages
}
