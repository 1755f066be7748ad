// The phone's screen, layers over it, and the signs drawn on it.
import { make } from './dom-make.js'

export { make }

/** The phone's screen: pages, bars and layers lie in it, so `fixed` and `absolute` mean the phone, not the window. */
export const screen = make('div.mp-screen', { id: 'phone' })
export const views = make('div.mp-views')
screen.append(views)

/** A layer over the whole phone; remove() it when done. */
export function layer(className, ...children) {
  const element = make(`div.mp-layer.${className}`, {}, ...children)
  screen.append(element)
  return element
}

const svg = (body) =>
  `<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">${body}</svg>`

export const SIGNS = {
  back: svg('<path d="M15 4 7 12l8 8"/>'),
  home: svg('<path d="M4 11l8-7 8 7v9h-5v-6H9v6H4z"/>'),
  dots: svg(
    '<g fill="currentColor" stroke="none"><circle cx="4.5" cy="12" r="2"/><circle cx="12" cy="12" r="2.8"/><circle cx="19.5" cy="12" r="2"/></g>',
  ),
  ring: svg('<circle cx="12" cy="12" r="8"/><circle cx="12" cy="12" r="3" fill="currentColor" stroke="none"/>'),
  success: svg('<path d="M5 12.5l4.5 4.5L19 7"/>'),
  error: svg('<path d="M6 6l12 12M18 6L6 18"/>'),
  warn: svg('<path d="M12 5v9M12 18v.5"/>'),
  info: svg('<path d="M12 6v.5M12 10v8"/>'),
  search: svg('<circle cx="11" cy="11" r="6"/><path d="M16 16l4 4"/>'),
  phone: svg('<path d="M6 3h4l2 5-3 2a12 12 0 005 5l2-3 5 2v4a2 2 0 01-2 2A17 17 0 014 5a2 2 0 012-2z"/>'),
  pin: svg('<path d="M12 21c5-6 7-9 7-12a7 7 0 10-14 0c0 3 2 6 7 12z"/><circle cx="12" cy="9" r="2.5"/>'),
  bell: svg('<path d="M6 17V11a6 6 0 0112 0v6l1 1H5zM10 21h4"/>'),
}
