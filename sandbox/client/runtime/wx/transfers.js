// wx.requestMerchantTransfer: the page on which a payee confirms a transfer. What is decided happens at the sandbox; the
// mini-program only hears that the page was shown. As in WeChat there is no Promise.
import { make } from '../dom.js'
import { tell } from '../hook.js'
import { currentPerson, TRANSFER_CHOICES, transferChoice } from '../settings.js'
import { fail, record, succeed } from './convention.js'
import { askOnSheet, sayImpossible, tellSandbox, yuan } from './sheet.js'

const NAME = 'requestMerchantTransfer'
const OUTCOMES = [
  { outcome: 'confirm', text: '确认收款', kind: 'pay' },
  { outcome: 'close', text: '以后再说', kind: 'plain' },
  { outcome: 'refuse', text: '拒绝', kind: 'plain' },
]

/** Asks the sandbox as the person who uses the phone; throws with its words. */
const act = (given, outcome) =>
  tellSandbox('transfers/payee/', { ...given, person: currentPerson().id, outcome }, '收款页没有应答')

/** Shows the transfer and waits for a decision. */
function openPage(transfer) {
  const about = [transfer.perception, transfer.remark].filter(Boolean).join(' · ')
  const rows = [make('p.mp-merchant', { text: about }), make('strong.mp-amount', { text: yuan(transfer.amount) })]
  return askOnSheet({ title: '模拟收款页', note: '不会真的到账', rows, outcomes: OUTCOMES })
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
    await sayImpossible('无法收款', error)
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
