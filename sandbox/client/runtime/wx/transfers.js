// wx.requestMerchantTransfer: the page on which a payee confirms a transfer. What is decided happens at the sandbox; the
// mini-program only hears that the page was shown. As in WeChat there is no Promise.
import { layer, make } from '../dom.js'
import { tell } from '../hook.js'
import { currentPerson, SANDBOX, TRANSFER_CHOICES, transferChoice } from '../settings.js'
import { fail, record, succeed } from './convention.js'
import { showModal } from './dialogs.js'

const NAME = 'requestMerchantTransfer'
const OUTCOMES = [
  { outcome: 'confirm', text: '确认收款', kind: 'pay' },
  { outcome: 'close', text: '以后再说', kind: 'plain' },
  { outcome: 'refuse', text: '拒绝', kind: 'plain' },
]

/** Asks the sandbox as the person who uses the phone; throws with its words. */
async function act(given, outcome) {
  const response = await fetch(new URL('transfers/payee/', SANDBOX), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...given, person: currentPerson().id, outcome }),
  })
  const reply = await response.json().catch(() => ({}))
  if (!response.ok) throw new Error(reply.msg ?? `收款页没有应答（${response.status}）`)
  return reply
}

const yuan = (fen) => `￥${(fen / 100).toFixed(2)}`

/** Shows the transfer and waits for a decision. */
function openPage(transfer) {
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
        { role: 'dialog', 'aria-label': '模拟收款页' },
        make('p.mp-sheet-head', {}, make('span', { text: '模拟收款页' }), make('em', { text: '不会真的到账' })),
        make('p.mp-merchant', { text: [transfer.perception, transfer.remark].filter(Boolean).join(' · ') }),
        make('strong.mp-amount', { text: yuan(transfer.amount) }),
        button(OUTCOMES[0]),
        make('div.mp-outcomes', {}, ...OUTCOMES.slice(1).map(button)),
      ),
    )
  })
}

async function receive(options) {
  for (const name of ['mchId', 'appId', 'package'])
    if (typeof options[name] !== 'string' || options[name] === '')
      return `parameter error: parameter.${name} should be String`
  const given = { mchId: options.mchId, appId: options.appId, package: options.package }
  let transfer
  try {
    transfer = await act(given, 'look')
    if (transfer.state === 'WAIT_USER_CONFIRM') {
      const choice = transferChoice()
      const outcome = choice === 'ask' || choice === 'old' ? await openPage(transfer) : choice
      tell('payment', { outcome, text: TRANSFER_CHOICES[outcome] })
      if (outcome === 'close') return 'cancel'
      await act(given, outcome)
    }
  } catch (error) {
    await showModal({ title: '无法收款', content: error.message, showCancel: false, confirmText: '知道了' })
    return error.message
  }
  return ''
}

export const synchronous = {
  [NAME](options = {}) {
    record(NAME, options)
    if (transferChoice() === 'old') throw new TypeError(`wx.${NAME} is not a function`)
    receive(options).then((reason) => (reason ? fail(NAME, options, reason) : succeed(NAME, options)))
  },
}
