// App() and getApp(): the application object and its life cycle.
import { hook, reportError } from './hook.js'
import { tellOpened } from './launch.js'
import { callTop } from './pages.js'

let application = null
const handlers = {
  AppShow: new Set(),
  AppHide: new Set(),
  Error: new Set(),
  UnhandledRejection: new Set(),
  PageNotFound: new Set(),
}

export function App(definition) {
  application = { ...definition }
  for (const [name, value] of Object.entries(application))
    if (typeof value === 'function') application[name] = value.bind(application)
  hook.app = application
}

// WeChat gives an object even before app.js has called App().
export const getApp = () => (application ??= {})

export const getCurrentPages = () => hook.stack.map((view) => view.page)

/** Calls a life cycle function of the application and the handlers set with wx.onX. */
export function callApp(name, event, detail) {
  let heard = false
  for (const handler of [getApp()[name], ...(handlers[event] ?? [])]) {
    if (typeof handler !== 'function') continue
    heard = true
    try {
      handler(detail)
    } catch (error) {
      reportError(error)
    }
  }
  return heard
}

/** wx.onAppShow, wx.offAppShow and so on. */
export const synchronous = Object.fromEntries(
  Object.entries(handlers).flatMap(([event, set]) => [
    [
      `on${event}`,
      (handler) => {
        set.add(handler)
      },
    ],
    [
      `off${event}`,
      (handler) => {
        if (handler) set.delete(handler)
        else set.clear()
      },
    ],
  ]),
)

/** Follows the browser's tab: hidden is WeChat's "in the background". */
export function followVisibility(options) {
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) {
      callTop('onHide')
      callApp('onHide', 'AppHide')
    } else {
      tellOpened()
      callApp('onShow', 'AppShow', options())
      callTop('onShow')
    }
  })
  window.addEventListener('error', (event) => callApp('onError', 'Error', String(event.error?.stack ?? event.message)))
  window.addEventListener('unhandledrejection', (event) =>
    callApp('onUnhandledRejection', 'UnhandledRejection', { reason: event.reason, promise: event.promise }),
  )
}
