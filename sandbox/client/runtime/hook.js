// What happens in the phone, for those who watch: the developer's panel beside it and tests (`window.__mp`).

const listeners = new Set()
const MAXIMUM = 300 // entries kept per list

export const hook = {
  /** True once the first page was shown; `readyAt` is then in ms since the navigation began. */
  ready: false,
  readyAt: 0,
  /** Texts of JavaScript errors and unhandled rejections, in order. Empty in a healthy run. */
  errors: [],
  /** What the framework or the build complained about without failing. */
  warnings: [],
  /** {id, time, method, path, status, ms, sent, received}: status 0 = no answer. Warrants and codes are masked. */
  requests: [],
  /** {api, options}: every call of a wx function. */
  calls: [],
  /** Filled by pages.js: the open pages from bottom to top, each {path, query, page, element}. */
  stack: [],
  /** The page on top and its data. */
  get page() {
    return hook.stack.at(-1)?.page
  },
  get path() {
    return hook.stack.at(-1)?.path
  },
  get data() {
    return hook.page?.data
  },
  /** Requests that have not been answered yet. */
  pending: 0,
  /** Calls `listener(kind, detail)` on every event; returns a function that ends it. */
  subscribe(listener) {
    listeners.add(listener)
    return () => listeners.delete(listener)
  },
}
window.__mp = hook

export function tell(kind, detail) {
  for (const listener of listeners) listener(kind, detail)
}

/** Appends to one of the hook's lists and tells the listeners. */
export function note(list, kind, entry) {
  hook[list].push(entry)
  if (hook[list].length > MAXIMUM) hook[list].shift()
  tell(kind, entry)
}

function noteError(error) {
  const text =
    error instanceof Error
      ? error.stack || error.message
      : typeof error === 'object'
        ? JSON.stringify(error)
        : String(error)
  note('errors', 'error', text)
}

/** An error that was caught. It goes to the console too, as in WeChat's tools: what is noted here ends with the page. */
export function reportError(error) {
  console.error(error)
  noteError(error)
}

export function reportWarning(message) {
  if (!hook.warnings.includes(String(message))) note('warnings', 'warning', String(message))
}

// What nobody caught the browser has written to the console itself.
window.addEventListener('error', (event) => {
  if (event.error || event.message) noteError(event.error ?? event.message)
})
window.addEventListener('unhandledrejection', (event) => noteError(event.reason))
