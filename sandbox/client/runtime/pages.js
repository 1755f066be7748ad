// The page stack and the router: which pages are open, their life cycle, and the five ways to move between them.
import { actions, drawBars, isTab, resolveTheme } from './bars.js'
import { make, views } from './dom.js'
import { backend, codeSpace } from './engine.js'
import { hook, tell } from './hook.js'
import { parseQuery } from './launch.js'
import { callSafely, codeOf, configOf, enablePageSheet, loadComponent, program } from './modules.js'
import { addPullDown } from './pull.js'

const MAXIMUM = 10 // pages in WeChat's stack
const stack = hook.stack
/** Pages of other tabs that stay alive while their tab is not shown. */
const otherTabs = []

export const top = () => stack.at(-1)
export const hasPage = (path) => program.pages.includes(path)

const call = (view, name, ...args) => callSafely(name, view.page, args, view.root.getComponent())

/** Splits "../order/order?id=1" into the path from the root and its query. */
export function parseUrl(url) {
  const [path, search = ''] = String(url).split(/\?(.*)/s)
  const base = path.startsWith('/') ? [] : (top()?.path ?? '').split('/').slice(0, -1)
  const parts = []
  for (const part of [...base, ...path.split('/')]) {
    if (part === '..') parts.pop()
    else if (part !== '.' && part !== '') parts.push(part)
  }
  return { path: parts.join('/'), query: parseQuery(search) }
}

/** Redraws what depends on the page on top. */
export function refresh() {
  const view = top()
  if (!view) return
  for (const one of [...stack, ...otherTabs]) one.element.hidden = one !== view
  enablePageSheet(view.path)
  drawBars(view, stack.length > 1)
  document.documentElement.style.setProperty('--vh', `${view.element.clientHeight / 100}px`)
  document.documentElement.style.setProperty('--vw', `${view.element.clientWidth / 100}px`)
}

function show(view) {
  refresh()
  call(view, 'onShow')
  view.root.getComponent().triggerPageLifetime('show', [])
  const search = Object.entries(view.query)
    .map(([key, value]) => `${key}=${value}`)
    .join('&')
  history.replaceState(null, '', `#${view.path}${search ? `?${search}` : ''}`)
  tell('route', { path: view.path, depth: stack.length })
}

function hide(view) {
  call(view, 'onHide')
  view.root.getComponent().triggerPageLifetime('hide', [])
}

function close(view) {
  call(view, 'onUnload')
  view.root.release()
  view.element.remove()
}

function open(path, query) {
  loadComponent(path)
  const config = configOf(path)
  const settings = resolveTheme({ ...program.app.window, ...config })
  const placeholder = make('i')
  const scroller = make('div.mp-scroll', {}, placeholder)
  const element = make('main.mp-view', { 'mp-view': true, 'data-page': path }, scroller)
  element.classList.toggle('under-tabs', isTab(path))
  element.classList.toggle('custom', settings.navigationStyle === 'custom')
  if (config.disableScroll) scroller.style.overflow = 'hidden'
  views.append(element)

  const root = backend.createRoot('page', codeSpace, path)
  const page = root.get()
  Object.assign(page, { route: path, options: query })
  bindMethods(page)
  const view = { path, query, page, root, element, scroller, config, bar: {} }
  stack.push(view)
  refresh()
  root.attach(scroller, placeholder)
  watchScrolling(view, settings)
  call(view, 'onLoad', query)
  show(view)
  requestAnimationFrame(() => {
    if (stack.includes(view)) call(view, 'onReady')
  })
}

// Real pages hand their methods around unbound (`success: this.loaded`); WeChat binds them, so we do.
function bindMethods(page) {
  const prototype = Object.getPrototypeOf(page)
  for (const name of Object.keys(prototype))
    if (typeof prototype[name] === 'function') page[name] = prototype[name].bind(page)
}

function watchScrolling(view, settings) {
  const { scroller } = view
  const threshold = settings.onReachBottomDistance ?? 50
  let reached = false
  scroller.addEventListener(
    'scroll',
    () => {
      call(view, 'onPageScroll', { scrollTop: scroller.scrollTop })
      const low = scroller.scrollTop + scroller.clientHeight >= scroller.scrollHeight - threshold
      if (low && !reached) call(view, 'onReachBottom')
      reached = low
    },
    { passive: true },
  )
  if (settings.enablePullDownRefresh) {
    view.pull = addPullDown(scroller, {
      onRefresh: () => call(view, 'onPullDownRefresh'),
      dark: settings.backgroundTextStyle !== 'light',
    })
  }
}

const mustExist = (path) => {
  if (!hasPage(path)) throw `page "${path}" is not found`
}
const mustNotBeTab = (path, name) => {
  if (isTab(path)) throw `can not ${name} a tabbar page`
}

/** Each moves or throws the reason as a text, which becomes errMsg "…:fail <reason>". */
export const router = {
  async navigateTo({ url }) {
    const { path, query } = parseUrl(url)
    mustExist(path)
    mustNotBeTab(path, 'navigateTo')
    await codeOf(path)
    if (stack.length >= MAXIMUM) throw 'webview count limit exceed'
    if (top()) hide(top())
    open(path, query)
  },
  async redirectTo({ url }) {
    const { path, query } = parseUrl(url)
    mustExist(path)
    mustNotBeTab(path, 'redirectTo')
    await codeOf(path)
    if (stack.length) close(stack.pop())
    open(path, query)
  },
  async reLaunch({ url }) {
    const { path, query } = parseUrl(url)
    mustExist(path)
    await codeOf(path)
    for (const view of [...stack.splice(0), ...otherTabs.splice(0)]) close(view)
    open(path, query)
  },
  async switchTab({ url }) {
    const { path } = parseUrl(url)
    if (!isTab(path)) throw 'can not switch to no-tabBar page'
    await codeOf(path)
    while (stack.length > 1) close(stack.pop())
    const current = stack[0]
    if (current?.path === path) return show(current)
    if (current) {
      stack.length = 0
      hide(current)
      if (isTab(current.path)) otherTabs.push(current)
      else close(current)
    }
    const kept = otherTabs.findIndex((view) => view.path === path)
    if (kept < 0) return open(path, {})
    stack.push(...otherTabs.splice(kept, 1))
    return show(top())
  },
  /** Asks first when the page called wx.enableAlertBeforeUnload; staying is no failure. */
  async navigateBack({ delta = 1 } = {}) {
    if (stack.length < 2) throw 'cannot navigate back at first page.'
    const leaving = top()
    if (leaving.alertBeforeUnload && !(await leaving.alertBeforeUnload())) return
    if (top() !== leaving) return // the page has gone while the question stood
    for (let n = Math.min(delta, stack.length - 1); n > 0; n -= 1) close(stack.pop())
    show(top())
  },
}

actions.back = () => router.navigateBack().catch(() => {})
actions.home = () => {
  const url = `/${program.app.entryPagePath ?? program.pages[0]}`
  const move = isTab(url.slice(1)) ? router.switchTab : router.reLaunch
  move({ url }).catch(() => {})
}
actions.tab = async (index) => {
  const tab = program.app.tabBar.list[index]
  await router.switchTab({ url: `/${tab.pagePath}` })
  call(top(), 'onTabItemTap', { index: String(index), pagePath: tab.pagePath, text: tab.text })
}

/** Calls a life cycle function of the page on top. */
export const callTop = (name, ...args) => (top() ? call(top(), name, ...args) : undefined)

window.addEventListener('resize', () => {
  refresh()
  callTop('onResize', { size: { windowWidth: innerWidth, windowHeight: innerHeight } })
})
