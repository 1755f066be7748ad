// The developer's panel beside the phone. The phone itself runs in a frame (the same page with ?bare=1); this script shows
// what happens in it and lets the developer choose who uses it and what the cashier does.
import './panel.css'
import { make } from '../dom-make.js'
import { buildControls } from './controls.js'
import { buildLog } from './log.js'
import { buildMessages } from './messages.js'

const SIZES = [
  { width: 375, height: 812 },
  { width: 320, height: 568 },
  { width: 430, height: 932 },
]

const frame = make('iframe.screen', { title: '小程序', src: phoneAddress(), allow: 'clipboard-write' })
const phone = make('div.phone', {}, make('div.notch', { 'aria-hidden': 'true' }), frame)

/** The phone's address: this page's own hash (a page to open) goes along. */
function phoneAddress() {
  return `${location.pathname}?bare=1${location.hash}`
}

/** What the panel can do with the phone. */
const device = {
  sizes: SIZES,
  get hook() {
    return frame.contentWindow?.__mp
  },
  setSize({ width, height }) {
    phone.style.setProperty('--width', `${width}px`)
    phone.style.setProperty('--height', `${height}px`)
  },
  /** Reopens the mini-program at its first page. */
  restart() {
    frame.contentWindow.location.replace(`${location.pathname}?bare=1&at=${Date.now()}`)
  },
  /** Loads the phone again where it is. */
  reload() {
    frame.contentWindow.location.reload()
  },
  tell(event) {
    frame.contentWindow?.dispatchEvent(new Event(event))
  },
}

const log = buildLog()
const messages = buildMessages()
const controls = buildControls(device, log, messages.element)

// The frame's hook.js calls this before the mini-program starts.
window.clientPanel = {
  attach(hook) {
    log.started()
    messages.refresh()
    hook.subscribe((kind, detail) => {
      log.take(kind, detail)
      if (kind === 'route') controls.showPath(detail.path)
      // A message is sent some moments after the request that causes it.
      if (kind === 'request' && detail.status && detail.method !== 'GET') messages.refreshSoon()
      if (kind === 'payment') messages.refreshSoon()
    })
  },
}
// Tests and the console find the phone's hook under the same name in both layouts.
Object.defineProperty(window, '__mp', { get: () => device.hook })

document.body.append(
  make(
    'div.desk',
    {},
    make('div.stand', {}, phone, make('p.disclaimer', { text: '浏览器里的近似模拟，不是微信' })),
    make(
      'div.side',
      {},
      make(
        'header',
        {},
        make('h1', { text: '小程序开发台' }),
        make('p', {
          text: '同一份小程序源码在浏览器里运行；登录、支付、消息由沙箱代替。外观与行为只近似微信，上线前请在微信开发者工具里再看一遍。',
        }),
        make(
          'nav',
          {},
          make('a', { href: '../', target: '_blank', rel: 'noopener', text: '沙箱：订单、通知、故障' }),
          make('a', { href: '?bare=1', target: '_blank', rel: 'noopener', text: '单独打开小程序' }),
        ),
      ),
      controls.element,
      log.element,
    ),
  ),
)
