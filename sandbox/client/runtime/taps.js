// `tap` is fired on touchend. The browser then sends mouse events and a click to whatever lies there by now: a page that was
// just opened, or a dialog's button. WeChat has no such second event, so it is swallowed.

const WINDOW_MS = 700

let touched = null

document.addEventListener(
  'touchend',
  (event) => {
    // A touch made of mouse events (mouse.js) is followed by the true click itself.
    if (event.isTrusted) touched = { target: event.target, at: performance.now() }
  },
  { capture: true, passive: true },
)

// True for a mouse event the browser made up after a touch on another element.
function isGhostClick(event) {
  if (!touched || !event.isTrusted) return false
  return performance.now() - touched.at < WINDOW_MS && event.target !== touched.target
}

for (const type of ['mousedown', 'mouseup', 'click']) {
  document.addEventListener(
    type,
    (event) => {
      if (!isGhostClick(event)) return
      event.stopImmediatePropagation()
      event.preventDefault()
    },
    true,
  )
}
