// What concerns the page on screen: title bar, scrolling, pull-to-refresh, queries of nodes, leaving.
import { tabApi } from '../bars.js'
import { hook } from '../hook.js'
import { callTop, refresh, top } from '../pages.js'
import { showModal } from './dialogs.js'

function setBar(changes) {
  Object.assign(top().bar, changes)
  refresh()
}

// A query belongs to the page on top unless .in(component) says otherwise.
function createSelectorQuery() {
  const query = hook.page.createSelectorQuery()
  query.in = (component) => component.createSelectorQuery()
  return query
}

// createAnimation describes steps that a page applies with `animation`; none of our elements plays them.
function createAnimation() {
  const animation = new Proxy({}, { get: (_, name) => (name === 'export' ? () => ({ actions: [] }) : () => animation) })
  return animation
}

export const synchronous = {
  createSelectorQuery,
  createIntersectionObserver: (component, options) => component.createIntersectionObserver(options),
  createMediaQueryObserver: (component) => component.createMediaQueryObserver(),
  createAnimation,
  nextTick: (callback) => {
    Promise.resolve().then(callback)
  },
}

const tabs = Object.fromEntries(
  Object.entries(tabApi).map(([name, change]) => [
    name,
    (options) => {
      change(options)
      refresh()
    },
  ]),
)

export const asynchronous = {
  ...tabs,
  setNavigationBarTitle: ({ title }) => setBar({ navigationBarTitleText: title }),
  setNavigationBarColor: ({ frontColor, backgroundColor }) =>
    setBar({
      navigationBarTextStyle: frontColor === '#000000' ? 'black' : 'white',
      navigationBarBackgroundColor: backgroundColor,
    }),
  showNavigationBarLoading() {
    top().loading = true
    refresh()
  },
  hideNavigationBarLoading() {
    top().loading = false
    refresh()
  },
  hideHomeButton() {
    top().homeHidden = true
    refresh()
  },
  setBackgroundColor: ({ backgroundColor }) => {
    top().element.style.background = backgroundColor ?? ''
  },
  setBackgroundTextStyle: () => ({}),
  pageScrollTo({ scrollTop, selector, offsetTop = 0, duration = 300 }) {
    const { scroller } = top()
    const target = selector ? scroller.querySelector(selector) : null
    if (selector && !target) throw `selector "${selector}" not found`
    const wanted = target
      ? target.getBoundingClientRect().top - scroller.getBoundingClientRect().top + scroller.scrollTop + offsetTop
      : scrollTop
    scroller.scrollTo({ top: wanted, behavior: duration > 0 ? 'smooth' : 'instant' })
  },
  startPullDownRefresh() {
    if (top().pull) top().pull.start()
    else callTop('onPullDownRefresh')
  },
  stopPullDownRefresh() {
    top()?.pull?.stop()
  },
  enableAlertBeforeUnload({ message }) {
    top().alertBeforeUnload = async () => (await showModal({ content: message })).confirm
  },
  disableAlertBeforeUnload() {
    delete top().alertBeforeUnload
  },
  showShareMenu: () => ({}),
  hideShareMenu: () => ({}),
  updateShareMenu: () => ({}),
}
