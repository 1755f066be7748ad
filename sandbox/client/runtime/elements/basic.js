// view, text, image, icon, progress, rich-text, and containers that need no behaviour.
import { assetUrl } from '../modules.js'
import { SIGNS } from '../dom.js'
import { defineElement, fire, nodeOf } from './define.js'

for (const name of [
  'view',
  'cover-view',
  'page-container',
  'root-portal',
  'movable-area',
  'movable-view',
  'share-element',
  'match-media',
  'block',
  'navigation-bar',
]) {
  defineElement(name) // movable-view does not move, match-media always matches
}
defineElement('page-meta', { properties: { pageStyle: String, rootFontSize: String, rootBackgroundColor: String } })
defineElement('text', { properties: { userSelect: Boolean, selectable: Boolean, space: String, decode: Boolean } })

const FIT = { aspectFit: 'contain', aspectFill: 'cover', scaleToFill: 'fill', widthFix: 'fill', heightFix: 'fill' }

function drawImage(component) {
  const { picture } = component
  if (!picture) return
  const { mode, src } = component.data
  const node = nodeOf(component)
  picture.style.objectFit = FIT[mode] ?? 'none'
  picture.style.objectPosition = FIT[mode] ? '' : mode // "top left" and the like
  node.classList.toggle('mp-width-fix', mode === 'widthFix')
  node.classList.toggle('mp-height-fix', mode === 'heightFix')
  const url = assetUrl(src)
  if (url && picture.getAttribute('src') !== url) picture.src = url
  if (!url) picture.removeAttribute('src')
  picture.hidden = !url
}

for (const name of ['image', 'cover-image']) {
  defineElement(name, {
    properties: {
      src: String,
      mode: { type: String, value: 'scaleToFill' },
      lazyLoad: Boolean,
      showMenuByLongpress: Boolean,
      webp: Boolean,
      fadeIn: Boolean,
    },
    observers: {
      'src, mode'() {
        drawImage(this)
      },
    },
    attached(node) {
      this.picture = new Image()
      this.picture.draggable = false
      this.picture.alt = this.data.ariaLabel ?? ''
      if (this.data.lazyLoad) this.picture.loading = 'lazy'
      this.picture.onload = () =>
        fire(this, 'load', { width: this.picture.naturalWidth, height: this.picture.naturalHeight })
      this.picture.onerror = () => {
        if (!this.picture.getAttribute('src')) return
        this.picture.hidden = true
        fire(this, 'error', { errMsg: `GET ${this.picture.src} 404` })
      }
      node.append(this.picture)
      drawImage(this)
    },
  })
}

const ICON_COLORS = {
  success: '#09bb07',
  info: '#10aeff',
  warn: '#f76260',
  waiting: '#10aeff',
  cancel: '#f43530',
  search: '#b2b2b2',
  clear: '#b2b2b2',
}
const ICON_SIGNS = { success_no_circle: 'success', waiting: 'info', cancel: 'error', clear: 'error', download: 'info' }

function drawIcon(component) {
  const { type, size, color } = component.data
  const node = nodeOf(component)
  node.innerHTML = SIGNS[ICON_SIGNS[type] ?? type] ?? ''
  node.style.fontSize = `${parseFloat(size)}px`
  node.style.color = color || ICON_COLORS[type] || '#09bb07'
}
defineElement('icon', {
  properties: { type: String, size: { type: null, value: 23 }, color: String },
  observers: {
    'type, size, color'() {
      if (nodeOf(this)) drawIcon(this)
    },
  },
  attached() {
    drawIcon(this)
  },
})

function drawProgress(component) {
  if (!component.bar) return
  const { percent, activeColor, color, strokeWidth } = component.data
  component.bar.style.cssText = `width:${percent}%;height:${parseFloat(strokeWidth)}px;background:${activeColor || color || '#09bb07'}`
}
defineElement('progress', {
  properties: {
    percent: Number,
    activeColor: String,
    color: String,
    backgroundColor: { type: String, value: '#ebebeb' },
    strokeWidth: { type: null, value: 6 },
    showInfo: Boolean,
    active: Boolean,
  },
  observers: {
    'percent, activeColor, color, strokeWidth'() {
      drawProgress(this)
    },
  },
  attached(node) {
    this.bar = document.createElement('i')
    node.append(this.bar)
    node.style.background = this.data.backgroundColor
    drawProgress(this)
  },
})

const TRUSTED_TAGS = new Set(
  'a abbr b big blockquote br code col colgroup dd del div dl dt em fieldset font h1 h2 h3 h4 h5 h6 hr i img ins label legend li ol p pre q s section small span strong sub sup table tbody td tfoot th thead tr tt u ul'.split(
    ' ',
  ),
)
const TRUSTED_ATTRIBUTES = new Set([
  'class',
  'style',
  'src',
  'alt',
  'width',
  'height',
  'colspan',
  'rowspan',
  'align',
  'dir',
  'start',
  'type',
  'span',
])

// rich-text takes HTML or a tree of nodes, and only harmless tags and attributes of it.
function richNodes(value) {
  if (typeof value !== 'string') return (value ?? []).map(richNode).filter(Boolean)
  const body = new DOMParser().parseFromString(value, 'text/html').body
  return [...body.childNodes].map(cleanCopy).filter(Boolean)
}
function richNode({ type, text, name, attrs = {}, children = [] }) {
  if (type === 'text') return document.createTextNode(text)
  return build(name, Object.entries(attrs), children.map(richNode))
}
function cleanCopy(node) {
  if (node.nodeType === Node.TEXT_NODE) return document.createTextNode(node.data)
  if (node.nodeType !== Node.ELEMENT_NODE) return null
  return build(
    node.localName,
    [...node.attributes].map(({ name, value }) => [name, value]),
    [...node.childNodes].map(cleanCopy),
  )
}
function build(name, attributes, children) {
  if (!TRUSTED_TAGS.has(name)) return null
  const element = document.createElement(name)
  for (const [key, value] of attributes) if (TRUSTED_ATTRIBUTES.has(key)) element.setAttribute(key, value)
  element.append(...children.filter(Boolean))
  return element
}
defineElement('rich-text', {
  properties: { nodes: null, space: String, userSelect: Boolean },
  observers: {
    nodes() {
      this.box?.replaceChildren(...richNodes(this.data.nodes))
    },
  },
  attached(node) {
    this.box = document.createElement('div')
    this.box.append(...richNodes(this.data.nodes))
    node.append(this.box)
  },
})

// Elements this tool does not imitate: a box that says so, where WeChat would show a video, a map or a camera.
for (const [name, label] of Object.entries({
  video: '视频',
  map: '地图',
  camera: '相机',
  audio: '音频',
  'web-view': '网页',
  'open-data': '微信资料',
})) {
  defineElement(name, {
    properties: { src: String, type: String, latitude: Number, longitude: Number, markers: null, scale: Number },
    attached(node) {
      node.dataset.imitation = `${label}（浏览器预览不支持）`
    },
  })
}
defineElement('canvas', {
  properties: { canvasId: String, type: String, disableScroll: Boolean },
  attached(node) {
    this.canvas = document.createElement('canvas')
    node.append(this.canvas)
  },
})
