// A wheel of rows that snaps to one, for picker and picker-view. Approximate: flat, with the browser's own scrolling.
import { make } from '../dom.js'

const ROW_PX = 44
const SETTLE_MS = 120

/**
 * Calls `settled(index)` when `column` (a snapping scroll container) comes to rest on another row.
 * @returns {{show(index: number, animated?: boolean): void}}
 */
export function watchWheel(column, rowHeight, rowCount, settled) {
  let at = 0
  let timer
  const settle = () => {
    const index = Math.max(0, Math.min(rowCount() - 1, Math.round(column.scrollTop / rowHeight())))
    if (index === at) return
    at = index
    settled(index)
  }
  column.addEventListener(
    'scroll',
    () => {
      clearTimeout(timer)
      timer = setTimeout(settle, SETTLE_MS)
    },
    { passive: true },
  )
  return {
    get index() {
      return at
    },
    show(index, animated = false) {
      at = index
      column.scrollTo({ top: index * rowHeight(), behavior: animated ? 'smooth' : 'instant' })
    },
  }
}

/** A column of texts for the picker sheet. A tap on a row chooses it. */
export function makeColumn(labels, index, onChange) {
  const element = make('div.mp-wheel', { tabindex: '0', role: 'listbox' })
  let rows = []
  const mark = (chosen) => rows.forEach((row, at) => row.setAttribute('aria-selected', String(at === chosen)))
  const wheel = watchWheel(
    element,
    () => ROW_PX,
    () => rows.length,
    (chosen) => {
      mark(chosen)
      onChange(chosen)
    },
  )
  const column = {
    element,
    get index() {
      return wheel.index
    },
    set(texts, chosen) {
      rows = texts.map((text, at) =>
        make('div', {
          role: 'option',
          text,
          'data-index': at,
          onclick: () => {
            wheel.show(at, true)
            mark(at)
            onChange(at)
          },
        }),
      )
      element.replaceChildren(...rows)
      const valid = Math.max(0, Math.min(chosen, texts.length - 1))
      mark(valid)
      wheel.show(valid)
    },
  }
  column.set(labels, index)
  return column
}
