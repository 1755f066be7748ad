// picker (selector, multiSelector, date, time, region) as a sheet of wheels, and picker-view.
import { layer, make } from '../dom.js'
import { convertUnits } from '../engine.js'
import { defineElement, fire, inside, setOwn } from './define.js'
import { makeColumn, watchWheel } from './wheel.js'

const two = (number) => String(number).padStart(2, '0')
const range = (from, to) => Array.from({ length: to - from + 1 }, (_, index) => from + index)
const daysIn = (year, month) => new Date(year, month, 0).getDate()

/** Every mode as columns of texts: {columns, chosen, value(indexes), changed?(indexes) → new columns}. */
const MODES = {
  selector: ({ range: items, rangeKey, value }) => ({
    columns: [(items ?? []).map((item) => textOf(item, rangeKey))],
    chosen: [Number(value) || 0],
    value: ([index]) => ({ value: String(index) }),
  }),
  multiSelector: ({ range: columns, rangeKey, value }) => ({
    columns: (columns ?? []).map((items) => items.map((item) => textOf(item, rangeKey))),
    chosen: (columns ?? []).map((_, index) => Number(value?.[index]) || 0),
    value: (indexes) => ({ value: indexes }),
  }),
  time: ({ value, start, end }) => {
    const [hour, minute] = (value || '12:00').split(':').map(Number)
    const hours = range(Number((start || '00').split(':')[0]), Number((end || '23').split(':')[0]))
    return {
      columns: [hours.map((one) => `${two(one)}时`), range(0, 59).map((one) => `${two(one)}分`)],
      chosen: [Math.max(0, hours.indexOf(hour)), minute],
      value: ([at, minutes]) => ({ value: `${two(hours[at])}:${two(minutes)}` }),
    }
  },
  date: dateMode,
  // One region only: the list of all Chinese districts is WeChat's.
  region: () => ({
    columns: [['陕西省'], ['西安市'], ['新城区']],
    chosen: [0, 0, 0],
    value: () => ({ value: ['陕西省', '西安市', '新城区'], code: ['610000', '610100', '610102'], postcode: '710004' }),
  }),
}

const textOf = (item, key) => String((key ? item?.[key] : item) ?? '')

function dateMode({ value, start, end, fields }) {
  const parts = { year: 1, month: 2 }[fields] ?? 3
  const first = parseDate(start) ?? [1970, 1, 1]
  const last = parseDate(end) ?? [2100, 12, 31]
  let [year, month, day] = parseDate(value) ?? today()
  const columnsFor = () => {
    const years = range(first[0], last[0])
    const months = range(year === first[0] ? first[1] : 1, year === last[0] ? last[1] : 12)
    month = Math.max(months[0], Math.min(month, months.at(-1)))
    const from = year === first[0] && month === first[1] ? first[2] : 1
    const to = year === last[0] && month === last[1] ? last[2] : daysIn(year, month)
    const days = range(from, to)
    day = Math.max(from, Math.min(day, to))
    return { years, months, days }
  }
  year = Math.max(first[0], Math.min(year, last[0]))
  let lists = columnsFor()
  const texts = () =>
    [
      lists.years.map((one) => `${one}年`),
      lists.months.map((one) => `${one}月`),
      lists.days.map((one) => `${one}日`),
    ].slice(0, parts)
  const indexes = () =>
    [lists.years.indexOf(year), lists.months.indexOf(month), lists.days.indexOf(day)].slice(0, parts)
  return {
    columns: texts(),
    chosen: indexes(),
    changed([y, m, d]) {
      year = lists.years[y]
      month = lists.months[m ?? 0] ?? month
      day = lists.days[d ?? 0] ?? day
      lists = columnsFor()
      return { columns: texts(), chosen: indexes() }
    },
    value: () => ({ value: [String(year), two(month), two(day)].slice(0, parts).join('-') }),
  }
}

function parseDate(text) {
  if (!text) return null
  const [year, month = 1, day = 1] = text.split('-').map(Number)
  return [year, month, day]
}

function today() {
  const now = new Date()
  return [now.getFullYear(), now.getMonth() + 1, now.getDate()]
}

function openSheet(component) {
  const { mode, headerText } = component.data
  const model = (MODES[mode] ?? MODES.selector)(component.data)
  const chosen = [...model.chosen]
  const columns = model.columns.map((labels, index) =>
    makeColumn(labels, chosen[index], (at) => {
      chosen[index] = at
      if (mode === 'multiSelector') fire(component, 'columnchange', { column: index, value: at })
      const next = model.changed?.(chosen)
      next?.columns.forEach((texts, other) => {
        chosen[other] = next.chosen[other]
        if (other > index) columns[other].set(texts, chosen[other])
      })
    }),
  )
  const close = (accepted) => {
    component.sheet?.remove()
    component.sheet = null
    if (!accepted) return fire(component, 'cancel')
    const result = model.value(chosen)
    setOwn(component, 'value', result.value)
    return fire(component, 'change', result)
  }
  const bar = make(
    'div.mp-picker-bar',
    {},
    make('button', { type: 'button', text: '取消', onclick: () => close(false) }),
    make('span', { text: headerText }),
    make('button.ok', { type: 'button', text: '确定', onclick: () => close(true) }),
  )
  const sheet = make(
    'div.mp-sheet',
    { role: 'dialog', 'aria-label': headerText || '选择' },
    bar,
    make('div.mp-wheels', {}, ...columns.map((column) => column.element)),
  )
  component.sheet = layer('mp-picker', sheet)
  component.sheet.addEventListener('click', (event) => {
    if (event.target === component.sheet) close(false)
  })
  // A wheel can only be turned to its row once it is in the page.
  columns.forEach((column, index) => column.set(model.columns[index], chosen[index]))
  component.refresh = () => {
    const again = MODES[mode](component.data)
    columns.forEach((column, index) => {
      if (again.columns[index]?.join() !== model.columns[index]?.join())
        column.set(again.columns[index], again.chosen[index])
    })
    model.columns = again.columns
  }
}

defineElement('picker', {
  properties: {
    mode: { type: String, value: 'selector' },
    range: null,
    rangeKey: String,
    value: null,
    disabled: Boolean,
    start: String,
    end: String,
    fields: { type: String, value: 'day' },
    headerText: String,
    name: String,
    level: String,
    customItem: String,
  },
  // A multi-column picker's page answers columnchange with new columns while the sheet is open.
  observers: {
    range() {
      if (this.sheet && this.data.mode === 'multiSelector') this.refresh()
    },
  },
  methods: {
    formValue() {
      return this.data.value
    },
  },
  attached(node) {
    node.addEventListener('click', () => {
      if (!this.data.disabled && !this.sheet) openSheet(this)
    })
  },
  detached() {
    this.sheet?.remove()
  },
})

const INDICATOR_PX = 34

defineElement('picker-view', {
  properties: {
    value: null,
    indicatorStyle: String,
    indicatorClass: String,
    maskStyle: String,
    maskClass: String,
    immediateChange: Boolean,
  },
  observers: {
    value() {
      this.show?.()
    },
  },
  methods: {
    show() {
      inside(this, 'wx-picker-view-column').forEach((column, index) =>
        column.wheel?.show(Number(this.data.value?.[index]) || 0),
      )
    },
    columnChanged() {
      const value = inside(this, 'wx-picker-view-column').map((column) => column.wheel.index)
      setOwn(this, 'value', value)
      fire(this, 'change', { value })
    },
  },
  attached(node) {
    const height = /height:\s*([^;]+)/.exec(this.data.indicatorStyle ?? '')?.[1]
    node.style.setProperty('--row', height ? convertUnits(height) : `${INDICATOR_PX}px`)
    setTimeout(() => {
      if (node.isConnected) this.show()
    })
  },
})

defineElement('picker-view-column', {
  attached(node) {
    const view = () => node.closest('wx-picker-view')?.component
    const rows = () => [...node.children]
    this.wheel = watchWheel(
      node,
      () => rows()[0]?.offsetHeight || INDICATOR_PX,
      () => rows().length,
      () => view()?.columnChanged(),
    )
  },
})
