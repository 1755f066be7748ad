// The component framework: WeChat's own glass-easel, set up so that built-in elements become <wx-…> in the page and touch
// events look like WeChat's.
import { MiniProgramEnv, glassEasel } from 'glass-easel-miniprogram-adapter'
import { reportError, reportWarning } from './hook.js'
import './taps.js'

export { glassEasel }

glassEasel.globalOptions.throwGlobalError = false
glassEasel.addGlobalErrorListener((error) => {
  reportError(error)
  return false
})
glassEasel.addGlobalWarningListener((message) => {
  reportWarning(message)
  return false
})

/** Names of the elements that are drawn as <wx-name>; elements/define.js fills it. */
export const builtInNames = new Set(['page'])

/** rpx in an inline style, as build/styles.mjs converts it in sheets. One rpx is 1/750 of the phone's width. */
export const convertUnits = (style) =>
  String(style)
    .replace(/(-?\d*\.?\d+)rpx\b/g, (_, number) => `calc(var(--rpx)*${number})`)
    .replace(/(?<![\w#-])(-?\d*\.?\d+)(vw|vh)\b/g, (_, number, unit) => `calc(var(--${unit})*${number})`)

function createElement(tag) {
  const element = document.createElement(builtInNames.has(tag) ? `wx-${tag}` : tag)
  const setAttribute = element.setAttribute
  element.setAttribute = function setWithUnits(name, value) {
    setAttribute.call(this, name, name === 'style' ? convertUnits(value) : value)
  }
  return element
}

const context = new glassEasel.CurrentWindowBackendContext()
context.document = {
  createElement,
  createTextNode: (text) => document.createTextNode(text),
  createDocumentFragment: () => document.createDocumentFragment(),
}

const touchList = (touches) =>
  Array.from(touches ?? [], ({ identifier, clientX, clientY, pageX, pageY }) => ({
    identifier,
    clientX,
    clientY,
    pageX,
    pageY,
  }))

const mouseAsTouch = ({ clientX, clientY, pageX, pageY }) => [{ identifier: 0, clientX, clientY, pageX, pageY }]

// The framework hands over the browser's event; WeChat's handlers expect touches and changedTouches on their own.
context.onEvent((target, type, detail, options) => {
  const event = options.originalEvent
  if (!event || !/^(touch|tap|longpress|longtap)/.test(type))
    return glassEasel.triggerEvent(target, type, detail, options)
  if (type === 'tap' && isDisabled(event.target)) return undefined
  const one = event.touches ? null : mouseAsTouch(event)
  options.extraFields = {
    touches: one ?? touchList(event.touches),
    changedTouches: one ?? touchList(event.changedTouches),
  }
  return glassEasel.triggerEvent(target, type, type === 'tap' ? detail : {}, options)
})

const isDisabled = (element) => Boolean(element.closest?.('wx-button[disabled]'))

// A long press: 350 ms without moving. The framework has no timer for it.
let pressTimer
const cancelPress = () => clearTimeout(pressTimer)
document.addEventListener(
  'touchstart',
  (event) => {
    cancelPress()
    pressTimer = setTimeout(() => {
      const element = nearestElement(event.target)
      if (!element) return
      const extraFields = { touches: touchList(event.touches), changedTouches: touchList(event.changedTouches) }
      glassEasel.triggerEvent(
        element,
        'longpress',
        {},
        { bubbles: true, composed: true, originalEvent: event, extraFields },
      )
    }, 350)
  },
  { passive: true, capture: true },
)
for (const type of ['touchmove', 'touchend', 'touchcancel'])
  document.addEventListener(type, cancelPress, { passive: true, capture: true })

function nearestElement(node) {
  let one = node
  while (one && !one.__wxElement) one = one.parentNode
  return one?.__wxElement
}

const environment = new MiniProgramEnv()
export const backend = environment.associateBackend(context)
export const codeSpace = environment.createCodeSpace('', true)
export const componentSpace = codeSpace.getComponentSpace()

// Ids stay as written, because page styles say #id (the adapter would prefix them per component).
const prepare = codeSpace.prepareComponentOptions
codeSpace.prepareComponentOptions = function prepareWithPlainIds(...args) {
  const prepared = prepare.apply(this, args)
  prepared[0].idPrefixGenerator = undefined
  prepared[0].writeIdToDOM = true
  return prepared
}

// data-* attributes become visible in the page too, for tests and for inspecting.
const setDataset = glassEasel.Element.prototype.setDataset
glassEasel.Element.prototype.setDataset = function setVisibleDataset(name, value) {
  setDataset.call(this, name, value)
  const element = this.getBackendElement?.()
  if (!element?.setAttribute || (value !== null && typeof value === 'object')) return
  element.setAttribute(`data-${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`, value)
}
