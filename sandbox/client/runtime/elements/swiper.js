// swiper. Every item stays in its place in the row and is moved by a transform; with `circular`, items that left on one side
// come back on the other. Approximate: two circular items jump once per round, vertical swipers do not follow the finger.
import { make } from '../dom.js'
import { convertUnits } from '../engine.js'
import { defineElement, fire, nodeOf } from './define.js'

const SWIPE_PX = 40

const items = (component) => [...nodeOf(component).children].filter((node) => node.localName === 'wx-swiper-item')

/** Where item `index` belongs, in items from the current one: nearest way round when circular. */
function place(index, current, count, circular) {
  const offset = index - current
  if (!circular || count < 2) return offset
  const half = count / 2
  return offset > half ? offset - count : offset < -half ? offset + count : offset
}

function arrange(component, { animated = true, dragPx = 0 } = {}) {
  const row = items(component)
  const { circular, vertical, duration, displayMultipleItems } = component.data
  const size = 100 / (displayMultipleItems || 1)
  row.forEach((node, index) => {
    const at = place(index, component.at, row.length, circular)
    const jumps = node.placed !== undefined && Math.abs(at - node.placed) > 1
    node.placed = at
    node.style.transition = animated && !jumps ? `transform ${duration}ms ease` : 'none'
    const shift = `calc(${(at - index) * 100}% + ${dragPx}px)`
    node.style.transform = vertical ? `translateY(${shift})` : `translateX(${shift})`
    node.style.width = vertical ? '100%' : `${size}%`
    if (at === 0) node.removeAttribute('aria-hidden')
    else if ((displayMultipleItems || 1) === 1) node.setAttribute('aria-hidden', 'true')
  })
  drawDots(component, row.length)
}

function drawDots(component, count) {
  const { indicatorDots, indicatorColor, indicatorActiveColor } = component.data
  component.dots.hidden = !indicatorDots
  if (!indicatorDots) return
  const dots = Array.from({ length: count }, (_, index) =>
    make('i', { style: `background:${index === component.at ? indicatorActiveColor : indicatorColor}` }),
  )
  component.dots.replaceChildren(...dots)
}

function go(component, wanted, source) {
  const row = items(component)
  if (row.length === 0) return
  const { circular } = component.data
  const to = circular ? (wanted + row.length) % row.length : Math.max(0, Math.min(wanted, row.length - 1))
  const moved = to !== component.at
  component.at = to
  arrange(component)
  if (!moved) return
  const detail = { current: to, currentItemId: row[to].component?.data.itemId ?? '', source }
  fire(component, 'change', detail)
  setTimeout(() => {
    if (row[to].isConnected) fire(component, 'animationfinish', detail)
  }, component.data.duration)
}

function restart(component) {
  clearInterval(component.timer)
  if (!component.data.autoplay || !nodeOf(component)) return
  component.timer = setInterval(() => {
    const visible = nodeOf(component).offsetParent !== null && !document.hidden
    if (visible && !component.dragging)
      go(component, (component.at + 1) % Math.max(1, items(component).length), 'autoplay')
  }, component.data.interval)
}

// Follows a finger or a mouse; a swipe of 40 px changes the item.
function watchDrag(component, node) {
  let start = null
  const coordinate = (event) => (component.data.vertical ? event.clientY : event.clientX)
  node.addEventListener('pointerdown', (event) => {
    start = coordinate(event)
    component.dragging = true
  })
  const move = (event) => {
    if (start === null || component.data.vertical) return
    arrange(component, { animated: false, dragPx: coordinate(event) - start })
  }
  const end = (event) => {
    if (start === null) return
    const distance = event.type === 'pointercancel' ? 0 : coordinate(event) - start
    start = null
    component.dragging = false
    if (Math.abs(distance) > SWIPE_PX) go(component, component.at - Math.sign(distance), 'touch')
    else arrange(component)
  }
  node.addEventListener('pointermove', move)
  for (const type of ['pointerup', 'pointerleave', 'pointercancel']) node.addEventListener(type, end)
}

defineElement('swiper', {
  properties: {
    indicatorDots: Boolean,
    indicatorColor: { type: String, value: 'rgba(0,0,0,.3)' },
    indicatorActiveColor: { type: String, value: '#000' },
    autoplay: Boolean,
    current: Number,
    interval: { type: Number, value: 5000 },
    duration: { type: Number, value: 500 },
    circular: Boolean,
    vertical: Boolean,
    displayMultipleItems: { type: Number, value: 1 },
    previousMargin: String,
    nextMargin: String,
    easingFunction: String,
    snapToEdge: Boolean,
    currentItemId: String,
  },
  observers: {
    current(value) {
      if (this.dots && value !== this.at) go(this, value, '')
    },
    'autoplay, interval'() {
      if (this.dots) restart(this)
    },
    'indicatorDots, indicatorColor, indicatorActiveColor'() {
      if (this.dots) arrange(this, { animated: false })
    },
  },
  attached(node) {
    this.at = this.data.current
    this.dots = make('div.mp-dots', { 'aria-hidden': 'true' })
    node.append(this.dots)
    const { previousMargin, nextMargin, vertical } = this.data
    node.toggleAttribute('vertical', Boolean(vertical))
    if (previousMargin) node.style.paddingLeft = convertUnits(previousMargin)
    if (nextMargin) node.style.paddingRight = convertUnits(nextMargin)
    this.watcher = new MutationObserver(() => arrange(this, { animated: false }))
    this.watcher.observe(node, { childList: true })
    watchDrag(this, node)
    setTimeout(() => {
      if (node.isConnected) arrange(this, { animated: false })
    })
    restart(this)
  },
  detached() {
    clearInterval(this.timer)
    this.watcher?.disconnect()
  },
})
