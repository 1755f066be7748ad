// Toast, loading, modal and action sheet.
import { layer, make, SIGNS } from '../dom.js'

let toast = null
let timer

function showToastLayer({ title, icon = 'success', image, duration, mask }) {
  hideToast()
  const sign = icon === 'loading' ? make('i.mp-spinner') : SIGNS[icon] ? make('i.mp-sign', { html: SIGNS[icon] }) : null
  const box = make(
    'div.mp-toast-box',
    { role: 'status' },
    image ? make('img', { src: image, alt: '' }) : sign,
    make('span', { text: title }),
  )
  box.classList.toggle('plain', !sign && !image)
  toast = layer('mp-toast', box)
  toast.dataset.icon = icon
  toast.classList.toggle('blocking', Boolean(mask))
  if (duration) timer = setTimeout(hideToast, duration)
}

function hideToast() {
  clearTimeout(timer)
  toast?.remove()
  toast = null
}

const DEFAULT_TOAST_MS = 1500

/** A modal dialog; resolves to {confirm, cancel, content}. */
export function showModal({
  title = '',
  content = '',
  showCancel = true,
  cancelText = '取消',
  confirmText = '确定',
  cancelColor,
  confirmColor,
  editable = false,
  placeholderText = '',
}) {
  return new Promise((resolve) => {
    const field = editable ? make('textarea', { placeholder: placeholderText, rows: 3 }) : null
    if (field) field.value = content
    const answer = (confirm) => () => {
      box.remove()
      resolve({ confirm, cancel: !confirm, content: field && confirm ? field.value : null })
    }
    const button = (name, text, color, confirm) =>
      make(`button.${name}`, { type: 'button', text, style: color ? `color:${color}` : null, onclick: answer(confirm) })
    const box = layer(
      'mp-modal',
      make(
        'div.mp-modal-box',
        { role: 'dialog', 'aria-modal': 'true', 'aria-label': title || content },
        title ? make('h2', { text: title }) : null,
        field ?? (content ? make('p', { text: content }) : null),
        make(
          'div.mp-modal-buttons',
          {},
          showCancel ? button('cancel', cancelText, cancelColor, false) : null,
          button('ok', confirmText, confirmColor, true),
        ),
      ),
    )
  })
}

/** A sheet of choices from below; resolves to the index, or null when dismissed. */
export function chooseFrom({ title, items, color }) {
  return new Promise((resolve) => {
    const close = (index) => {
      box.remove()
      resolve(index)
    }
    const rows = items.map((text, index) =>
      make('button.row', {
        type: 'button',
        text,
        'data-index': index,
        style: color ? `color:${color}` : null,
        onclick: () => close(index),
      }),
    )
    const box = layer(
      'mp-actions',
      make(
        'div.mp-sheet',
        { role: 'dialog', 'aria-label': title || '请选择' },
        title ? make('p.mp-sheet-title', { text: title }) : null,
        ...rows,
        make('button.row.cancel', { type: 'button', text: '取消', onclick: () => close(null) }),
      ),
    )
    box.addEventListener('click', (event) => {
      if (event.target === box) close(null)
    })
  })
}

export const asynchronous = {
  showToast: (options) => showToastLayer({ duration: DEFAULT_TOAST_MS, ...options }),
  hideToast,
  showLoading: ({ title, mask }) => showToastLayer({ title, mask, icon: 'loading' }),
  hideLoading: hideToast,
  showModal,
  async showActionSheet({ itemList, alertText, itemColor }) {
    const tapIndex = await chooseFrom({ title: alertText, items: itemList, color: itemColor })
    if (tapIndex === null) throw 'cancel'
    return { tapIndex }
  },
}
