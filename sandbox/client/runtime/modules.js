// Modules, components and style sheets of the compiled mini-program (window.__miniprogram, made by the build).
import { codeSpace, glassEasel } from './engine.js'
import { reportWarning } from './hook.js'

export const program = window.__miniprogram

// The program comes in two parts: what the first page needs, and the rest. Tables of what has arrived, by virtual path.
const components = {}
const scripts = {}
const styles = {}
const templates = {}

function takePart(part) {
  Object.assign(components, part.components)
  Object.assign(scripts, part.modules)
  Object.assign(styles, part.styles)
  for (const path of Object.keys(part.components))
    templates[path] = { groupList: part.templates, content: part.templates[path] }
}
program.parts.forEach(takePart)

let rest = null

/** Loads the rest of the program, once; a failed attempt may be repeated. */
export function loadRest() {
  rest ??= new Promise((resolve, reject) => {
    const script = document.createElement('script')
    script.src = program.restUrl
    script.onload = () => {
      takePart(program.parts[1])
      resolve()
    }
    script.onerror = () => {
      rest = null
      script.remove()
      reject(new Error('the rest of the program could not be loaded'))
    }
    document.head.append(script)
  })
  return rest
}

/** Waits until the code of a page is there. */
export async function codeOf(path) {
  if (!components[path])
    await loadRest().catch(() => {
      throw 'timeout'
    })
}

export const configOf = (path) => components[path].json

const emptyBehavior = codeSpace.behavior().definition({}).register()
const formField = codeSpace
  .behavior()
  .definition({ properties: { name: String, value: null } })
  .register()
const BUILT_IN_BEHAVIORS = { 'wx://form-field': formField }

// glass-easel 0.12.1 breaks on a property with the name of one of its own fields: such a property becomes plain data.
const RESERVED = ['dataset']

function adapt(definition) {
  const adapted = { ...definition }
  for (const name of RESERVED) {
    if (!adapted.properties || !(name in adapted.properties)) continue
    const { [name]: _, ...rest } = adapted.properties
    adapted.properties = rest
    adapted.data = { ...adapted.data, [name]: null }
  }
  adapted.behaviors = adapted.behaviors
    ?.map((one) => (typeof one === 'string' ? (BUILT_IN_BEHAVIORS[one] ?? emptyBehavior) : one))
    .filter(Boolean)
  if (!adapted.behaviors) delete adapted.behaviors
  return adapted
}

// The component being loaded. Libraries call Component() from a shared helper module, and what they define must be registered
// under the path of the file that asked for it.
let loading = ''

const definers = {
  Page: (definition) => codeSpace.componentEnv(loading, (env) => env.Page(adapt(definition))),
  Behavior: (definition) =>
    codeSpace.componentEnv(loading, (env) => (definition ? env.Behavior(adapt(definition)) : env.Behavior())),
  Component(definition) {
    const config = codeSpace.getComponentStaticConfig(loading)
    const options = definition?.options ?? {}
    if (config && !config.styleIsolation) {
      if (options.styleIsolation) config.styleIsolation = options.styleIsolation
      else if (options.addGlobalClass) config.styleIsolation = 'apply-shared'
    }
    return codeSpace.componentEnv(loading, (env) => (definition ? env.Component(adapt(definition)) : env.Component()))
  },
}

const exported = new Map()
let globals = {}

/** Whether the program has a script of this path. */
export const hasScript = (path) => path in scripts

/** Sets the global functions that modules see: App, getApp, getCurrentPages, wx. */
export function provide(functions) {
  globals = functions
}

export function requireModule(path) {
  if (exported.has(path)) return exported.get(path).exports
  const entry = scripts[path]
  if (!entry) throw new Error(`module "${path}" is not defined`)
  const module = { exports: {} }
  exported.set(path, module)
  const [run, requires] = entry
  const requireFrom = (request) => {
    if (!requires[request]) throw new Error(`module "${request}" is not defined, required by ${path}.js`)
    return requireModule(requires[request])
  }
  const { App, getApp, getCurrentPages, wx } = globals
  // The order of build/scripts.mjs, PARAMETERS.
  run.call(
    undefined,
    requireFrom,
    module,
    module.exports,
    definers.Page,
    definers.Component,
    definers.Behavior,
    App,
    getApp,
    getCurrentPages,
    wx,
  )
  return module.exports
}

const loaded = new Set()

/** Registers a component or a page and everything it uses. */
export function loadComponent(path) {
  if (loaded.has(path)) return
  loaded.add(path)
  const component = components[path]
  if (!component) throw new Error(`component "${path}" is not found`)
  codeSpace.addComponentStaticConfig(path, { ...component.json })
  codeSpace.addCompiledTemplate(path, templates[path])
  codeSpace.addStyleSheet(path, undefined, component.scope)
  component.uses.forEach(loadComponent)
  const before = loading
  loading = path
  try {
    if (scripts[path]) requireModule(path)
    else codeSpace.component(path).register()
  } finally {
    loading = before
  }
  const sheet = addSheet(path)
  if (program.pages.includes(path)) sheet.disabled = true
}

// Sheets of the app and of components are always on; a page's sheet only while the page is on top.
const sheets = new Map()

export function addSheet(path) {
  if (!sheets.has(path)) {
    const sheet = document.createElement('style')
    sheet.dataset.of = path
    sheet.textContent = styles[path] ?? ''
    document.head.append(sheet)
    sheets.set(path, sheet)
  }
  return sheets.get(path)
}

export function enablePageSheet(path) {
  for (const page of program.pages) if (sheets.has(page)) sheets.get(page).disabled = page !== path
}

/** "/images/x.png" → the copy's address; addresses of servers, blobs and data stay as they are. */
export function assetUrl(source) {
  if (!source || /^(https?:|data:|blob:)/.test(source)) return source ?? ''
  const path = source.replace(/^\//, '').replace(/[?#].*$/, '')
  const url = program.assets[path]
  if (!url) reportWarning(`picture ${source} is not in the mini-program`)
  return url ?? source
}

/** Calls a life cycle function so that an error in it is reported and does not stop the framework. */
export function callSafely(name, target, args, element) {
  const method = target[name]
  if (typeof method === 'function') return glassEasel.safeCallback(name, method, target, args, element)
  return undefined
}
