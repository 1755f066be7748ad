// input, textarea and form. Approximate: the keyboard is the browser's, a phone's number pad is only hinted at, and what a
// bindinput handler returns is ignored.
import { defineElement, fire, inside, nodeOf, setOwn } from './define.js'

const KEYBOARD = { number: 'numeric', digit: 'decimal', idcard: 'text', 'safe-password': 'text', nickname: 'text' }
const PROPERTIES = {
  value: String,
  type: { type: String, value: 'text' },
  password: Boolean,
  placeholder: String,
  placeholderStyle: String,
  placeholderClass: String,
  disabled: Boolean,
  maxlength: { type: Number, value: 140 },
  focus: Boolean,
  autoFocus: Boolean,
  name: String,
  confirmType: { type: String, value: 'done' },
  confirmHold: Boolean,
  cursor: Number,
  cursorSpacing: Number,
  cursorColor: String,
  selectionStart: Number,
  selectionEnd: Number,
  adjustPosition: Boolean,
  holdKeyboard: Boolean,
  alwaysEmbed: Boolean,
  autoHeight: Boolean,
  fixed: Boolean,
  showConfirmBar: Boolean,
  disableDefaultPadding: Boolean,
}

function draw(component) {
  const { field, data } = component
  if (!field) return
  if (data.value !== component.shown) {
    component.shown = data.value
    if (field.value !== data.value) field.value = data.value ?? ''
  }
  field.placeholder = data.placeholder ?? ''
  field.disabled = Boolean(data.disabled)
  if (data.maxlength >= 0) field.maxLength = data.maxlength
  else field.removeAttribute('maxlength')
  if (data.ariaLabel || data.placeholder) field.setAttribute('aria-label', data.ariaLabel || data.placeholder)
  if (field.localName === 'input') {
    field.type = data.password ? 'password' : 'text'
    field.inputMode = KEYBOARD[data.type] ?? 'text'
    field.enterKeyHint = data.confirmType === 'return' ? 'enter' : data.confirmType
  }
  drawPlaceholder(component)
  fitHeight(component)
  if (data.focus && !component.wantedFocus) setTimeout(() => field.focus())
  component.wantedFocus = data.focus
}

// ::placeholder cannot be styled inline: its colour is passed on, the rest of placeholder-style and -class is not.
function drawPlaceholder({ field, data }) {
  const color = /(?:^|;)\s*color:\s*([^;]+)/.exec(data.placeholderStyle ?? '')?.[1] ?? colorOfClass(field, data)
  if (color) field.style.setProperty('--placeholder', color)
  else if (data.placeholderClass && !field.isConnected) whenShown(field, () => drawPlaceholder({ field, data }))
}

// What lies in a sheet is attached long before the sheet is in the page.
function whenShown(field, act) {
  const observer = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return
    observer.disconnect()
    act()
  })
  observer.observe(field)
}

// The colour that the page's style sheet gives to placeholder-class, read from an element that has it for a moment.
// A class of a component's own sheet carries a prefix, the same as those of the element itself.
function colorOfClass(field, { placeholderClass }) {
  const host = field.parentElement
  if (!placeholderClass || !host?.isConnected) return undefined
  const prefixes = [...host.classList].map((name) => /^(.+?--)/.exec(name)?.[1]).filter(Boolean)
  const names = placeholderClass.split(/\s+/).flatMap((name) => [name, ...prefixes.map((prefix) => prefix + name)])
  const probe = document.createElement('i')
  probe.className = names.join(' ')
  host.append(probe)
  const { color } = getComputedStyle(probe)
  probe.remove()
  return color === getComputedStyle(host).color ? undefined : color
}

function fitHeight({ field, data }) {
  if (field.localName !== 'textarea' || !data.autoHeight) return
  field.style.height = '0'
  field.style.height = `${field.scrollHeight}px`
  field.parentElement.style.height = 'auto'
}

function listen(component) {
  const { field } = component
  const on = (type, handler) =>
    field.addEventListener(type, (event) => {
      event.stopPropagation()
      handler(event)
    })
  on('input', () => {
    component.shown = field.value
    setOwn(component, 'value', field.value)
    fitHeight(component)
    fire(component, 'input', { value: field.value, cursor: field.selectionStart, keyCode: 0 })
  })
  on('change', () => {})
  on('focus', () => fire(component, 'focus', { value: field.value, height: 0 }))
  on('blur', () => {
    fire(component, 'blur', { value: field.value, cursor: field.selectionStart })
    if (component.data.type === 'nickname') fire(component, 'nicknamereview', { pass: true, timeout: false })
  })
  field.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && field.localName === 'input' && !event.isComposing)
      fire(component, 'confirm', { value: field.value })
  })
}

for (const name of ['input', 'textarea']) {
  defineElement(name, {
    properties: PROPERTIES,
    observers: {
      '**'() {
        draw(this)
      },
    },
    methods: {
      formValue() {
        return this.field?.value ?? this.data.value
      },
      formReset() {
        setOwn(this, 'value', '')
        draw(this)
      },
    },
    attached(node) {
      this.field = document.createElement(name)
      node.append(this.field)
      draw(this)
      listen(this)
      if (this.data.autoFocus) setTimeout(() => this.field.focus())
    },
  })
}

const CONTROLS = 'wx-input,wx-textarea,wx-picker,wx-radio-group,wx-checkbox-group,wx-switch,wx-slider'
defineElement('form', {
  properties: { reportSubmit: Boolean },
  methods: {
    submit() {
      const named = inside(this, CONTROLS).filter((control) => control.data.name)
      fire(this, 'submit', {
        value: Object.fromEntries(named.map((control) => [control.data.name, control.formValue()])),
      })
    },
    reset() {
      inside(this, CONTROLS).forEach((control) => control.formReset?.())
      fire(this, 'reset')
    },
  },
})

defineElement('label', {
  properties: { for: String },
  attached(node) {
    node.addEventListener('click', (event) => {
      if (event.target.closest('wx-radio,wx-checkbox,wx-switch,wx-button,wx-input')) return
      const target = this.data.for
        ? document.getElementById(this.data.for)
        : nodeOf(this).querySelector('wx-radio,wx-checkbox,wx-switch')
      target?.click()
    })
  },
})
