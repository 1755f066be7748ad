// Starts the mini-program in this window. The build puts this file and everything it imports into one script.
import './styles/phone.css'
import './styles/elements.css'
import './styles/layers.css'
import { hook, reportError, reportWarning, tell } from './hook.js'
import { screen } from './dom.js'
import { mouseAsFinger } from './mouse.js'
import './elements/basic.js'
import './elements/fields.js'
import './elements/choices.js'
import './elements/button.js'
import './elements/scroll.js'
import './elements/swiper.js'
import './elements/picker.js'
import { App, callApp, followVisibility, getApp, getCurrentPages } from './application.js'
import { launchOptions, tellOpened, wantedPage } from './launch.js'
import { addSheet, hasScript, loadRest, program, provide, requireModule } from './modules.js'
import { hasPage, router } from './pages.js'
import { wx } from './wx/index.js'
import './wx/menu.js'

// The page lies at <server>/sandbox/client/, whatever the server's own prefix is.
wx.sandboxServerUrl = new URL('../../', location.origin + location.pathname).href
window.wx = wx

async function launch() {
  if (hasScript('app')) requireModule('app')
  const options = launchOptions()
  callApp('onLaunch', null, options)
  callApp('onShow', 'AppShow', options)
  tellOpened()
  await openWanted()
  hook.ready = true
  hook.readyAt = performance.now()
  tell('ready', { ms: Math.round(hook.readyAt) })
}

async function openWanted() {
  const { path, query, search } = wantedPage()
  if (hasPage(path)) return router.reLaunch({ url: `/${path}?${search}` })
  // The application may send an old path on to another page; otherwise WeChat shows "page not found".
  if (callApp('onPageNotFound', 'PageNotFound', { path, query, isEntryPage: true })) return undefined
  reportWarning(`page "${path}" is not found`)
  return router.reLaunch({ url: `/${program.app.entryPagePath ?? program.pages[0]}` })
}

const started = (launching) => launching.catch(reportError)

// A changed address (#pages/…) opens that page, as scanning another QR code does.
window.addEventListener('hashchange', () => started(openWanted()))
// The first touch is a good moment to fetch the other pages.
document.addEventListener('pointerdown', () => loadRest().catch(() => {}), { once: true, capture: true })

document.body.append(screen)
mouseAsFinger(screen)
program.warnings.forEach(reportWarning)
provide({ App, getApp, getCurrentPages, wx })
addSheet('app')
followVisibility(launchOptions)
// The panel beside the phone listens from the first moment.
if (window !== window.parent) window.parent.clientPanel?.attach(hook)
started(launch())
