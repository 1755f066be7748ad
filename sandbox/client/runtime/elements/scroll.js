// scroll-view, and the item of a swiper (swiper.js).
import { addPullDown } from '../pull.js'
import { defineElement, fire, nodeOf } from './define.js'

function drawDirection(component) {
  const node = nodeOf(component)
  if (!node) return
  const { scrollX, scrollY, enableFlex, showScrollbar, enhanced } = component.data
  node.style.overflowX = scrollX ? 'auto' : 'hidden'
  node.style.overflowY = scrollY ? 'auto' : 'hidden'
  node.toggleAttribute('flex', Boolean(enableFlex))
  node.toggleAttribute('bare', Boolean(enhanced && !showScrollbar))
}

function reportScroll(component, node, was) {
  const { scrollTop, scrollLeft, scrollHeight, scrollWidth, clientHeight, clientWidth } = node
  const { scrollY, upperThreshold, lowerThreshold } = component.data
  fire(component, 'scroll', {
    scrollTop,
    scrollLeft,
    scrollHeight,
    scrollWidth,
    deltaX: was.left - scrollLeft,
    deltaY: was.top - scrollTop,
  })
  const before = scrollY ? scrollTop : scrollLeft
  const after = scrollY ? scrollHeight - scrollTop - clientHeight : scrollWidth - scrollLeft - clientWidth
  const near = { upper: before <= upperThreshold, lower: after <= lowerThreshold }
  if (near.upper && !was.upper) fire(component, 'scrolltoupper', { direction: scrollY ? 'top' : 'left' })
  if (near.lower && !was.lower) fire(component, 'scrolltolower', { direction: scrollY ? 'bottom' : 'right' })
  Object.assign(was, near, { left: scrollLeft, top: scrollTop })
}

defineElement('scroll-view', {
  properties: {
    scrollX: Boolean,
    scrollY: Boolean,
    scrollTop: null,
    scrollLeft: null,
    scrollIntoView: String,
    scrollWithAnimation: Boolean,
    upperThreshold: { type: Number, value: 50 },
    lowerThreshold: { type: Number, value: 50 },
    enableFlex: Boolean,
    enhanced: Boolean,
    showScrollbar: { type: Boolean, value: true },
    refresherEnabled: Boolean,
    refresherTriggered: Boolean,
    type: String,
    bounces: Boolean,
    scrollAnchoring: Boolean,
    enablePassive: null,
    refresherThreshold: Number,
    refresherDefaultStyle: String,
    refresherBackground: String,
  },
  observers: {
    'scrollX, scrollY, enableFlex, showScrollbar, enhanced'() {
      drawDirection(this)
    },
    scrollTop(value) {
      this.scrollToOwn({ top: value })
    },
    scrollLeft(value) {
      this.scrollToOwn({ left: value })
    },
    scrollIntoView(id) {
      if (id) setTimeout(() => this.showChild(id))
    },
    refresherTriggered(on) {
      if (this.pull && !on) this.pull.stop()
    },
  },
  methods: {
    scrollBehavior() {
      return this.data.scrollWithAnimation ? 'smooth' : 'instant'
    },
    scrollToOwn(place) {
      const [[side, value]] = Object.entries(place)
      if (nodeOf(this) && value !== null && value !== '')
        nodeOf(this).scrollTo({ [side]: parseFloat(value), behavior: this.scrollBehavior() })
    },
    showChild(id) {
      const child = nodeOf(this)?.querySelector(`#${CSS.escape(id)}`)
      child?.scrollIntoView({ block: 'start', inline: 'start', behavior: this.scrollBehavior() })
    },
  },
  attached(node) {
    drawDirection(this)
    const was = { left: 0, top: 0, upper: true, lower: false }
    node.addEventListener(
      'scroll',
      (event) => {
        if (event.target === node) reportScroll(this, node, was)
      },
      { passive: true },
    )
    if (this.data.refresherEnabled) {
      this.pull = addPullDown(node, {
        onRefresh: () => fire(this, 'refresherrefresh'),
        onPull: (distance) => fire(this, 'refresherpulling', { dy: distance }),
      })
    }
    if (this.data.scrollTop) this.scrollToOwn({ top: this.data.scrollTop })
    if (this.data.scrollIntoView) setTimeout(() => this.showChild(this.data.scrollIntoView))
  },
})

defineElement('swiper-item', { properties: { itemId: String, skipHiddenItemLayout: Boolean } })
