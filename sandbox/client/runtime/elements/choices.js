// radio, checkbox, switch, slider.
import { around, defineElement, fire, inside, nodeOf, setOwn } from './define.js'

function drawChoice(component, on) {
  component.on = Boolean(on)
  const node = nodeOf(component)
  if (!node || !component.box) return
  node.setAttribute('aria-checked', String(component.on))
  node.toggleAttribute('disabled', Boolean(component.data.disabled))
  component.box.className = component.on ? 'mp-box on' : 'mp-box'
  component.box.style.color = component.data.color || ''
}

for (const kind of ['radio', 'checkbox']) {
  const members = (group) => inside(group, `wx-${kind}`)
  defineElement(kind, {
    properties: { value: String, checked: Boolean, disabled: Boolean, color: String },
    observers: {
      'checked, color, disabled'() {
        drawChoice(this, this.data.checked)
      },
    },
    attached(node) {
      this.box = document.createElement('i')
      node.prepend(this.box)
      if (!node.hasAttribute('role')) node.setAttribute('role', kind)
      drawChoice(this, this.data.checked)
      node.addEventListener('click', () => {
        if (this.data.disabled || (kind === 'radio' && this.on)) return
        const group = around(this, `wx-${kind}-group`)
        if (kind === 'radio' && group) members(group).forEach((other) => drawChoice(other, false))
        drawChoice(this, !this.on)
        if (group) fire(group, 'change', { value: group.formValue() })
      })
    },
  })
  defineElement(`${kind}-group`, {
    properties: { name: String },
    methods: {
      formValue() {
        const chosen = members(this)
          .filter((one) => one.on)
          .map((one) => one.data.value)
        return kind === 'radio' ? (chosen[0] ?? '') : chosen
      },
      formReset() {
        members(this).forEach((one) => drawChoice(one, false))
      },
    },
    attached(node) {
      if (kind === 'radio' && !node.hasAttribute('role')) node.setAttribute('role', 'radiogroup')
    },
  })
}

function drawSwitch(component, on) {
  component.on = Boolean(on)
  const node = nodeOf(component)
  if (!node) return
  node.toggleAttribute('on', component.on)
  node.setAttribute('aria-checked', String(component.on))
  if (component.data.color) node.style.setProperty('--on', component.data.color)
}
defineElement('switch', {
  properties: { checked: Boolean, disabled: Boolean, type: String, color: String, name: String },
  observers: {
    'checked, color'() {
      drawSwitch(this, this.data.checked)
    },
  },
  methods: {
    formValue() {
      return this.on
    },
    formReset() {
      drawSwitch(this, false)
    },
  },
  attached(node) {
    node.setAttribute('role', 'switch')
    drawSwitch(this, this.data.checked)
    node.addEventListener('click', () => {
      if (this.data.disabled) return
      drawSwitch(this, !this.on)
      fire(this, 'change', { value: this.on })
    })
  },
})

defineElement('slider', {
  properties: {
    value: Number,
    min: Number,
    max: { type: Number, value: 100 },
    step: { type: Number, value: 1 },
    disabled: Boolean,
    name: String,
    showValue: Boolean,
    activeColor: String,
  },
  observers: {
    'value, min, max, step, disabled'(value, min, max, step, disabled) {
      if (this.range) Object.assign(this.range, { min, max, step, value, disabled })
    },
  },
  methods: {
    formValue() {
      return Number(this.range.value)
    },
  },
  attached(node) {
    const { min, max, step, value, disabled } = this.data
    this.range = Object.assign(document.createElement('input'), { type: 'range', min, max, step, value, disabled })
    node.append(this.range)
    for (const [type, name] of [
      ['input', 'changing'],
      ['change', 'change'],
    ]) {
      this.range.addEventListener(type, (event) => {
        event.stopPropagation()
        setOwn(this, 'value', Number(this.range.value))
        fire(this, name, { value: Number(this.range.value) })
      })
    }
  },
})
