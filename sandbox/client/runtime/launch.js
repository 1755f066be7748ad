// How the mini-program was opened: which page and query. From the address's #pages/x/x?query, or the app's first page.
import { program } from './modules.js'
import { currentPerson, SANDBOX } from './settings.js'

const FIRST = () => program.app.entryPagePath ?? program.pages[0]
const SCENE_FROM_RECENT = 1089 // "opened from the list of recent mini-programs"

/** "a=1&b=2" → {a: '1', b: '2'}. As in WeChat, values are not decoded. */
export function parseQuery(search) {
  return Object.fromEntries(
    search
      .split('&')
      .filter(Boolean)
      .map((pair) => {
        const [key, value = ''] = pair.split(/=(.*)/s)
        return [key, value]
      }),
  )
}

/** {path, search, query} that the address names. The part after # is decoded once, as a QR code's path is. */
export function wantedPage() {
  const text = decodeURIComponent(location.hash.slice(1)) || FIRST()
  const [path, search = ''] = text.replace(/^\//, '').split(/\?(.*)/s)
  return { path, search, query: parseQuery(search) }
}

let options = null

/** What wx.getLaunchOptionsSync and App.onLaunch get. */
export function launchOptions() {
  const { path, query } = wantedPage()
  options ??= { path, query, scene: SCENE_FROM_RECENT, shareTicket: '', referrerInfo: {} }
  return options
}

/** Tells the sandbox that its person opens the mini-program: WeChat checks what somebody writes who did in two hours. */
export const tellOpened = () =>
  fetch(new URL('people/', SANDBOX), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ person: currentPerson().id }),
  })
    .then((answer) => answer.text()) // a request whose answer nobody reads stays open
    .catch(() => undefined)
