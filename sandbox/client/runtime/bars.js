// What WeChat draws around a page: the title bar with its capsule, and the tab bar.
import { make, screen, SIGNS } from './dom.js'
import { assetUrl, program } from './modules.js'

const TABS = program.app.tabBar?.list ?? []
const BADGE_MAXIMUM = 4 // characters, longer texts end in "…"

export const isTab = (path) => TABS.some((tab) => tab.pagePath === path)

/** Set by pages.js and wx/menu.js: what the buttons of the bars do. */
export const actions = { back() {}, home() {}, tab() {}, menu() {}, restart() {} }

// The title bar is made once and never rebuilt: a tap on it may be in progress while the page changes.
const title = make('span.mp-title', { role: 'heading', 'aria-level': '1' })
const spinner = make('i.mp-spinner', { hidden: true })
const back = make('button.mp-back', {
  type: 'button',
  'aria-label': '返回',
  html: SIGNS.back,
  onclick: () => actions.back(),
})
const home = make('button.mp-back', {
  type: 'button',
  'aria-label': '首页',
  html: SIGNS.home,
  onclick: () => actions.home(),
})
const capsule = make(
  'div.mp-capsule',
  { 'data-simulator': true },
  make('button', { type: 'button', 'aria-label': '开发工具菜单', html: SIGNS.dots, onclick: () => actions.menu() }),
  make('button', {
    type: 'button',
    'aria-label': '重新打开小程序',
    html: SIGNS.ring,
    onclick: () => actions.restart(),
  }),
)
const bar = make('header.mp-bar', {}, back, home, spinner, title, capsule)
const tabs = make('nav.mp-tabs', { hidden: true, 'aria-label': '标签栏' })
screen.prepend(bar)
screen.append(tabs)

const tabItems = TABS.map((tab, index) => {
  const icon = make('img', { alt: '', draggable: 'false' })
  const badge = make('b', { hidden: true })
  const text = make('span', { text: tab.text })
  const item = make('button', { type: 'button', onclick: () => actions.tab(index) }, make('i', {}, icon, badge), text)
  if (!tab.iconPath) icon.hidden = true
  tabs.append(item)
  return { ...tab, item, icon, badge, label: text }
})

/** Whether wx.hideTabBar is in force. */
let tabsHidden = false

/**
 * Draws the bars for a page. `view` is an entry of the page stack: {path, config, title?, colors?, homeHidden?, loading?}.
 * `canGoBack`: another page lies below it.
 */
export function drawBars(view, canGoBack) {
  const settings = resolveTheme({ ...program.app.window, ...view.config, ...view.bar })
  document.title = settings.navigationBarTitleText ?? ''
  title.textContent = document.title
  bar.classList.toggle('custom', settings.navigationStyle === 'custom')
  bar.style.background = settings.navigationStyle === 'custom' ? '' : (settings.navigationBarBackgroundColor ?? '#000')
  bar.style.color = settings.navigationBarTextStyle === 'black' ? '#000' : '#fff'
  back.hidden = !canGoBack
  home.hidden = canGoBack || isTab(view.path) || view.path === program.pages[0] || Boolean(view.homeHidden)
  spinner.hidden = !view.loading
  drawTabs(view.path)
}

function drawTabs(path) {
  const shown = isTab(path) && !tabsHidden
  const style = resolveTheme({
    color: '#7A7E83',
    selectedColor: '#3cc51f',
    backgroundColor: '#fff',
    ...program.app.tabBar,
  })
  screen.classList.toggle('with-tabs', shown)
  tabs.hidden = !shown
  tabs.style.background = style.backgroundColor
  for (const { item, icon, ...tab } of tabItems) {
    const selected = tab.pagePath === path
    item.style.color = selected ? style.selectedColor : style.color
    if (selected) item.setAttribute('aria-current', 'page')
    else item.removeAttribute('aria-current')
    const source = selected ? (tab.selectedIconPath ?? tab.iconPath) : tab.iconPath
    if (source && icon.getAttribute('src') !== assetUrl(source)) icon.src = assetUrl(source)
  }
}

/** In dark mode a value such as "@barColor" comes from the theme file. */
export function resolveTheme(settings) {
  const dark = program.app.darkmode && matchMedia('(prefers-color-scheme: dark)').matches
  const values = program.theme[dark ? 'dark' : 'light'] ?? {}
  return Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [
      key,
      typeof value === 'string' && value.startsWith('@') ? values[value.slice(1)] : value,
    ]),
  )
}

const itemAt = (index) => {
  if (!tabItems[index]) throw 'tabbar item not found'
  return tabItems[index]
}

/** The tab bar's part of the wx API: a function returns, or throws the reason as a text. */
export const tabApi = {
  setTabBarBadge({ index, text }) {
    const { badge } = itemAt(index)
    const short = String(text).length > BADGE_MAXIMUM ? `${String(text).slice(0, BADGE_MAXIMUM - 1)}…` : String(text)
    Object.assign(badge, { hidden: short === '', className: '', textContent: short })
  },
  removeTabBarBadge({ index }) {
    itemAt(index).badge.hidden = true
  },
  showTabBarRedDot({ index }) {
    Object.assign(itemAt(index).badge, { hidden: false, className: 'dot', textContent: '' })
  },
  hideTabBarRedDot({ index }) {
    itemAt(index).badge.hidden = true
  },
  setTabBarItem({ index, text, iconPath, selectedIconPath }) {
    const tab = itemAt(index)
    if (text) tab.label.textContent = text
    Object.assign(tab, iconPath && { iconPath }, selectedIconPath && { selectedIconPath })
  },
  setTabBarStyle(style) {
    Object.assign(program.app.tabBar, style)
  },
  showTabBar() {
    tabsHidden = false
  },
  hideTabBar() {
    tabsHidden = true
  },
}
