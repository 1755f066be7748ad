// button with its open-types, and navigator.
import { hook, tell } from '../hook.js'
import { around, defineElement, fire, nodeOf } from './define.js'

function draw(component) {
  const node = nodeOf(component)
  if (!node) return
  const { type, size, plain, disabled, loading } = component.data
  for (const [name, value] of Object.entries({ type, size })) {
    if (value && value !== 'default') node.setAttribute(name, value)
    else node.removeAttribute(name)
  }
  node.toggleAttribute('plain', Boolean(plain))
  node.toggleAttribute('disabled', Boolean(disabled))
  node.toggleAttribute('loading', Boolean(loading))
  if (disabled) node.setAttribute('aria-disabled', 'true')
  else node.removeAttribute('aria-disabled')
}

/** open-type → what a tap does; wx/open-types.js fills it. Each gets the button's component and its data. */
export const openTypes = {}

defineElement('button', {
  properties: {
    type: String,
    size: String,
    plain: Boolean,
    disabled: Boolean,
    loading: Boolean,
    formType: String,
    openType: String,
    lang: String,
    sessionFrom: String,
    appParameter: String,
    sendMessageTitle: String,
    sendMessagePath: String,
    sendMessageImg: String,
    showMessageCard: Boolean,
    phoneNumberNoQuotaToast: { type: Boolean, value: true },
  },
  observers: {
    'type, size, plain, disabled, loading'() {
      draw(this)
    },
  },
  attached(node) {
    draw(this)
    if (!node.hasAttribute('role')) node.setAttribute('role', 'button')
    node.tabIndex = 0
    node.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' || event.key === ' ') press(node)
    })
    node.addEventListener('click', () => {
      const { disabled, formType, openType } = this.data
      if (disabled) return
      if (formType) around(this, 'wx-form')?.[formType]()
      if (!openType) return
      tell('call', { api: `button:${openType}` })
      openTypes[openType]?.(this, (name, detail) => fire(this, name, detail))
    })
  },
})

// Enter on a focused button: a tap and a click, as a finger gives.
function press(node) {
  for (const type of ['mousedown', 'mouseup', 'click'])
    node.dispatchEvent(new MouseEvent(type, { bubbles: true, cancelable: true }))
}

const MOVES = {
  navigate: 'navigateTo',
  redirect: 'redirectTo',
  switchTab: 'switchTab',
  reLaunch: 'reLaunch',
  navigateBack: 'navigateBack',
}
defineElement('navigator', {
  properties: {
    url: String,
    openType: { type: String, value: 'navigate' },
    delta: { type: Number, value: 1 },
    target: String,
    appId: String,
    path: String,
  },
  attached(node) {
    node.setAttribute('role', 'link')
    node.addEventListener('click', () => {
      const move = MOVES[this.data.openType]
      const { url, delta } = this.data
      if (move)
        hook.wx[move]({
          url,
          delta,
          fail: (result) => fire(this, 'fail', result),
          success: (result) => fire(this, 'success', result),
        })
    })
  },
})
