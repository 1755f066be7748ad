// The sheets that WeChat shows over a mini-program when money moves, and what is decided on them, which happens at the sandbox.
import { layer, make } from '../dom.js'
import { SANDBOX } from '../settings.js'
import { showModal } from './dialogs.js'

export const yuan = (fen) => `￥${(fen / 100).toFixed(2)}`

/** Shows ``rows`` above a button for each of ``outcomes`` ({outcome, text, kind}), the first one large; resolves to the one tapped. */
export function askOnSheet({ title, note, rows, outcomes }) {
  return new Promise((resolve) => {
    const choose = (outcome) => () => {
      box.remove()
      resolve(outcome)
    }
    const button = ({ outcome, text, kind }) =>
      make(`button.${kind}`, { type: 'button', text, 'data-outcome': outcome, onclick: choose(outcome) })
    const box = layer(
      'mp-cashier',
      make(
        'div.mp-sheet',
        { role: 'dialog', 'aria-label': title },
        make('p.mp-sheet-head', {}, make('span', { text: title }), make('em', { text: note })),
        ...rows,
        button(outcomes[0]),
        make('div.mp-outcomes', {}, ...outcomes.slice(1).map(button)),
      ),
    )
  })
}

/** Tells the sandbox; its reply. Throws with its words; ``silent``: what to say when it has none. */
export async function tellSandbox(path, body, silent) {
  const response = await fetch(new URL(path, SANDBOX), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const reply = await response.json().catch(() => ({}))
  if (!response.ok) throw new Error(reply.msg ?? `${silent}（${response.status}）`)
  return reply
}

/** What is not possible WeChat says in a dialog of its own, before the call fails. */
export const sayImpossible = (title, error) =>
  showModal({ title, content: error.message, showCancel: false, confirmText: '知道了' })
