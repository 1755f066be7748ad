// How a built-in element is made: a glass-easel component without a template of its own (just its children), whose inner
// nodes, where it needs any, are drawn by hand in `attached`.
import { builtInNames, codeSpace, componentSpace } from '../engine.js'

/** The DOM node of a built-in element; the node knows the component as `component`. */
export const nodeOf = (component) => component._$.getBackendElement()

export const fire = (component, name, detail = {}, options = {}) => component.triggerEvent(name, detail, options)

/** The nearest built-in element around this one that matches a selector. */
export const around = (component, selector) => nodeOf(component).parentElement?.closest(selector)?.component

/** All built-in elements inside this one that match a selector. */
export const inside = (component, selector) =>
  [...nodeOf(component).querySelectorAll(selector)].map((node) => node.component).filter(Boolean)

/** Changes a property from inside, so that `model:` bindings and later updates see the new value. */
export function setOwn(component, name, value) {
  component._$.replaceDataOnPath([name], value)
  component._$.applyDataUpdates()
}

// Accessibility attributes every element accepts.
const ARIA = {
  ariaRole: 'role',
  ariaLabel: 'aria-label',
  ariaHidden: 'aria-hidden',
  ariaDisabled: 'aria-disabled',
  ariaChecked: 'aria-checked',
  ariaSelected: 'aria-selected',
  ariaExpanded: 'aria-expanded',
  ariaLive: 'aria-live',
  ariaModal: 'aria-modal',
  ariaValuenow: 'aria-valuenow',
  ariaValuemin: 'aria-valuemin',
  ariaValuemax: 'aria-valuemax',
  ariaValuetext: 'aria-valuetext',
  ariaLabelledby: 'aria-labelledby',
  ariaDescribedby: 'aria-describedby',
  ariaCurrent: 'aria-current',
}
const WITHOUT_MEANING = new Set(['', null, undefined])

const COMMON = {
  hidden: Boolean,
  role: null,
  hoverClass: String,
  hoverStartTime: Number,
  hoverStayTime: Number,
  hoverStopPropagation: Boolean,
  ...Object.fromEntries(Object.keys(ARIA).map((name) => [name, null])),
}

function drawCommon(component) {
  const node = nodeOf(component)
  if (!node) return
  node.toggleAttribute('hidden', Boolean(component.data.hidden))
  for (const [name, attribute] of Object.entries(ARIA)) {
    const value = name === 'ariaRole' ? (component.data.ariaRole ?? component.data.role) : component.data[name]
    if (!WITHOUT_MEANING.has(value)) node.setAttribute(attribute, value)
    else if (name !== 'ariaRole' && name in (component.setAria ?? {})) node.removeAttribute(attribute)
    if (!WITHOUT_MEANING.has(value)) (component.setAria ??= {})[name] = true
  }
}

/**
 * @param {string} name as in WXML
 * @param {object} definition {properties, observers, methods, attached(node), detached()}; `this` is the component
 */
export function defineElement(name, { properties = {}, observers = {}, methods = {}, attached, detached } = {}) {
  builtInNames.add(name)
  const component = codeSpace
    .component(`wx/${name}`)
    .definition({
      options: { multipleSlots: false },
      properties: { ...COMMON, ...properties },
      methods,
      observers: {
        [['hidden', 'role', ...Object.keys(ARIA)].join(',')]() {
          drawCommon(this)
        },
        ...observers,
      },
      lifetimes: {
        attached() {
          const node = nodeOf(this)
          node.component = this
          drawCommon(this)
          attached?.call(this, node)
        },
        detached() {
          detached?.call(this)
        },
      },
    })
    .register()
  componentSpace.setGlobalUsingComponent(name, component._$)
}
