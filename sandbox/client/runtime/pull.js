// Pull down to refresh, for pages and for <scroll-view refresher-enabled>. Approximate: the threshold and the dots are ours.
import { make } from './dom.js'

const THRESHOLD_PX = 60
const MAX_PULL_PX = 90

/**
 * @param {HTMLElement} scroller the element that scrolls
 * @returns {{start(): void, stop(): void}} start() shows the dots and refreshes; stop() hides them
 */
export function addPullDown(scroller, { onRefresh, onPull = () => {}, dark = true }) {
  const dots = make('div.mp-pull', { 'aria-hidden': 'true', html: '<i></i><i></i><i></i>' })
  if (!dark) dots.classList.add('light')
  scroller.prepend(dots)
  let startY = null
  let distance = 0
  let refreshing = false

  const draw = (height, animated) => {
    dots.style.transition = animated ? 'height .2s' : 'none'
    dots.style.height = `${height}px`
    dots.classList.toggle('moving', refreshing)
  }
  const control = {
    start() {
      if (refreshing) return
      refreshing = true
      draw(THRESHOLD_PX, true)
      onRefresh()
    },
    stop() {
      refreshing = false
      draw(0, true)
    },
  }
  const begin = (y) => {
    if (scroller.scrollTop <= 0 && !refreshing) startY = y
  }
  const move = (y, event) => {
    if (startY === null) return
    distance = Math.min(MAX_PULL_PX, (y - startY) / 2)
    if (distance <= 0) return
    if (event.cancelable) event.preventDefault() // otherwise the browser scrolls or refreshes the window
    draw(distance, false)
    onPull(distance)
  }
  const end = () => {
    if (startY === null) return
    startY = null
    if (distance >= THRESHOLD_PX) control.start()
    else if (!refreshing) draw(0, true)
    distance = 0
  }
  scroller.addEventListener('touchstart', (event) => begin(event.touches[0].clientY), { passive: true })
  scroller.addEventListener('touchmove', (event) => move(event.touches[0].clientY, event), { passive: false })
  scroller.addEventListener('touchend', end)
  scroller.addEventListener('touchcancel', end)
  return control
}
