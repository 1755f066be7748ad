// A mouse acts as a finger, as in DevTools: mouse events inside the phone are repeated as touch events, so that wheels, swipes
// and pull-to-refresh work on a desk. Where the browser cannot make touch events (Firefox without a touch screen), only taps work.

const MOUSE = -1 // identifier of the simulated touch

let target = null
let realTouch = false
document.addEventListener(
  'touchstart',
  (event) => {
    if (event.isTrusted) realTouch = true
  },
  { capture: true, passive: true },
)

function send(type, mouse) {
  const { clientX, clientY, pageX, pageY, screenX, screenY } = mouse
  const touch = new Touch({ identifier: MOUSE, target, clientX, clientY, pageX, pageY, screenX, screenY })
  const touches = type === 'touchend' ? [] : [touch]
  target.dispatchEvent(
    new TouchEvent(type, {
      bubbles: true,
      composed: true,
      cancelable: true,
      touches,
      targetTouches: touches,
      changedTouches: [touch],
    }),
  )
}

/** Starts repeating the mouse events inside `screen`. */
export function mouseAsFinger(screen) {
  if (typeof Touch !== 'function' || typeof TouchEvent !== 'function') return
  document.addEventListener(
    'mousedown',
    (event) => {
      if (realTouch || event.button !== 0 || !screen.contains(event.target)) return
      target = event.target
      send('touchstart', event)
    },
    true,
  )
  document.addEventListener(
    'mousemove',
    (event) => {
      if (target) send('touchmove', event)
    },
    true,
  )
  document.addEventListener(
    'mouseup',
    (event) => {
      if (!target) return
      send('touchend', event)
      target = null
    },
    true,
  )
}
