// Checks the mini-program's pages and components against each other: everything that is named exists.
// Usage: node tools/check-wxml.mjs [folder]   prints one line per problem; exits with 1 when there is one.
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { handlersOf, readWxml } from './wxml.mjs'

const BUILTIN = new Set(('block button checkbox checkbox-group cover-image cover-view form icon image import include input label navigator '
  + 'page-meta picker picker-view picker-view-column progress radio radio-group rich-text root-portal scroll-view slider slot swiper swiper-item '
  + 'switch template text textarea view web-view wxs').split(' '))

/** Handlers that every page gets from pages/define-page.js. */
const PAGE_HANDLERS = ['reload', 'callUs', 'refresh']

/** What lies fixed over a page. */
const SHEETS = /^(sheet|t-popup|t-dialog|t-action-sheet|root-portal)$/

/** Attributes with which a TDesign component would draw an icon from a font on another company's server. */
const FONT_ICONS = /^(arrow|left-icon|right-icon|prefix-icon|suffix-icon|close-btn|icon)$/

/** @returns {string[]} problems of the mini-program in `root` */
export function checkMiniProgram(root) {
  const problems = []
  const file = (name) => path.join(root, name)
  const has = (name) => existsSync(file(name)) && statSync(file(name)).isFile()
  const say = (where, what) => problems.push(`${where}: ${what}`)
  const app = JSON.parse(readFileSync(file('app.json'), 'utf8'))

  const pages = pagesOf(app)
  const units = pages.concat(componentsIn(root))
  for (const page of pages) {
    for (const ending of ['.js', '.json', '.wxml', '.wxss']) if (!has(page + ending)) say('app.json', `${page}${ending} is missing`)
  }
  for (const tab of app.tabBar.list) {
    if (!app.pages.includes(tab.pagePath)) say('app.json', `the tab ${tab.text} opens no page`)
    for (const picture of [tab.iconPath, tab.selectedIconPath]) if (!has(picture)) say('app.json', `${picture} is missing`)
  }
  for (const folder of readdirSync(file('pages'))) {
    if (statSync(file(`pages/${folder}`)).isDirectory() && !app.pages.some((page) => page.startsWith(`pages/${folder}/`))) say(`pages/${folder}`, 'is not in app.json')
  }
  for (const unit of units) checkUnit(unit)
  return problems

  function checkUnit(unit) {
    if (!has(`${unit}.wxml`) || !has(`${unit}.js`)) return
    const { usingComponents: using = {} } = JSON.parse(readFileSync(file(`${unit}.json`), 'utf8'))
    const script = scriptOf(unit)
    const { elements, problems: broken } = readWxml(readFileSync(file(`${unit}.wxml`), 'utf8'))
    checkFields(unit, elements)
    broken.forEach((problem) => say(`${unit}.wxml`, problem))
    checkRegistrations(unit, using, elements)
    elements.forEach((element) => checkElement(unit, using, script, element))
  }

  function checkRegistrations(unit, using, elements) {
    for (const [name, target] of Object.entries(using)) {
      if (!elements.some((element) => element.name === name)) say(`${unit}.json`, `${name} is registered and not used`)
      if (!componentExists(unit, target)) say(`${unit}.json`, `${name} points at ${target}, which is missing`)
    }
  }

  /** What is typed must stay above the keyboard: WeChat moves the page, but not what lies fixed over it. */
  function checkFields(unit, elements) {
    for (const { name, attributes, line, inside } of elements) {
      const inSheet = inside.some((outer) => SHEETS.test(outer))
      const where = `${unit}.wxml line ${line}`
      if (name === 'textarea' && inSheet && !('fixed' in attributes)) say(where, 'a <textarea> in a sheet needs fixed')
      if ((name === 'textarea' || (name === 'input' && inSheet)) && !attributes['cursor-spacing']) say(where, `this <${name}> needs cursor-spacing`)
      if (name === 'input' && attributes.type === 'nickname' && !(attributes.name && inside.includes('form'))) {
        say(where, 'a nickname is read from a form: WeChat fills it in without an input event')
      }
    }
  }

  /** The unit's script, with the parts beside it and the behaviors that it requires: both may hold its handlers. */
  function scriptOf(unit) {
    const own = readFileSync(file(`${unit}.js`), 'utf8')
    const parts = [...own.matchAll(/require\('(\.\/[\w-]+|\.\.\/[\w-]+\/[\w-]+|(?:\.\.\/)+behaviors\/[\w-]+)'\)/g)]
      .map(([, name]) => path.posix.join(path.posix.dirname(unit), `${name}.js`))
    return [own, ...parts.filter(has).map((part) => readFileSync(file(part), 'utf8'))].join('\n')
  }

  function checkElement(unit, using, script, { name, attributes, line }) {
    const where = `${unit}.wxml line ${line}`
    if (!BUILTIN.has(name) && !(name in using)) say(where, `<${name}> is not registered`)
    for (const { handler } of handlersOf({ attributes })) {
      const own = new RegExp(`(^|[\\s,{])(async\\s+)?${handler}\\s*(\\(|,|:|\\}|$)`, 'm').test(script)
      if (!own && !(pages.includes(unit) && PAGE_HANDLERS.includes(handler))) say(where, `the handler ${handler} does not exist`)
    }
    if (attributes['wx:for'] && !attributes['wx:key']) say(where, 'wx:for has no wx:key')
    for (const [attribute, value] of Object.entries(attributes)) checkAttribute(where, name, attribute, String(value))
  }

  function checkAttribute(where, name, attribute, value) {
    if (name.startsWith('t-') && name !== 't-rate' && FONT_ICONS.test(attribute)) say(where, `<${name} ${attribute}> would fetch an icon font`)
    for (const [picture] of value.matchAll(/\/images\/[\w/.-]+\.(svg|png)/g)) if (!has(picture)) say(where, `${picture} is missing`)
    for (const [url] of value.matchAll(/\/(?:pages|packages\/[\w-]+)\/[\w-]+\/[\w-]+/g)) if (!pages.includes(url.slice(1))) say(where, `${url} is no page`)
  }

  function componentExists(unit, target) {
    if (target.startsWith('tdesign-miniprogram/')) return existsInPackage(target)
    return has(`${target.startsWith('/') ? target.slice(1) : path.posix.join(path.posix.dirname(unit), target)}.json`)
  }

  /** The package may be not installed where only this check runs: then its names are taken on trust. */
  function existsInPackage(target) {
    const installed = file('node_modules/tdesign-miniprogram/miniprogram_dist')
    return !existsSync(installed) || existsSync(path.join(installed, `${target.slice('tdesign-miniprogram/'.length)}.json`))
  }
}

/** The pages of the main package and of the sub-packages. */
const pagesOf = (app) => [...app.pages, ...(app.subPackages || []).flatMap((part) => part.pages.map((page) => `${part.root}/${page}`))]

/** Every component of our own, wherever it lies: a .json that says so. */
function componentsIn(root) {
  const found = []
  const walk = (folder) => {
    for (const entry of readdirSync(path.join(root, folder), { withFileTypes: true })) {
      const name = path.posix.join(folder, entry.name)
      if (entry.isDirectory()) walk(name)
      else if (name.endsWith('.json') && JSON.parse(readFileSync(path.join(root, name), 'utf8')).component) found.push(name.slice(0, -5))
    }
  }
  for (const folder of ['components', 'pages', 'packages']) if (existsSync(path.join(root, folder))) walk(folder)
  return found
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const root = process.argv[2] || fileURLToPath(new URL('..', import.meta.url))
  const problems = checkMiniProgram(root)
  problems.forEach((problem) => console.log(problem))
  if (problems.length) process.exit(1)
  console.log('WXML: nothing to complain about')
}
