// wx.requestPayment: a cashier sheet instead of WeChat's. What it decides happens at the sandbox (WeChat Pay's stand-in), which
// then notifies the server as WeChat would; the page only gets ok, cancel or fail.
import { make } from '../dom.js'
import { tell } from '../hook.js'
import { PAYMENT_CHOICES, paymentChoice, SANDBOX } from '../settings.js'
import { askOnSheet, sayImpossible, tellSandbox, yuan } from './sheet.js'

const OUTCOMES = [
  { outcome: 'success', text: '支付', kind: 'pay' },
  { outcome: 'cancel', text: '取消', kind: 'plain' },
  { outcome: 'fail', text: '支付失败', kind: 'plain' },
  { outcome: 'success_without_notify', text: '支付成功但丢失通知', kind: 'plain' },
]

async function findOrder(prepayId) {
  const response = await fetch(new URL(`orders/?prepay_id=${encodeURIComponent(prepayId)}`, SANDBOX))
  if (!response.ok) throw new Error(`orders: ${response.status}`)
  return response.json()
}

/** Tells the sandbox what the person did; returns its errMsg. With the parameters, so that it checks the signature. */
async function settle(prepayId, outcome, payment) {
  const reply = await tellSandbox('cashier/', { prepay_id: prepayId, outcome, payment }, '收银台没有应答')
  return reply.errMsg ?? 'requestPayment:ok'
}

/** Shows the order and waits for a decision; resolves to an outcome. */
function openCashier(prepayId) {
  const amount = make('strong.mp-amount', { text: '￥…' })
  const merchant = make('p.mp-merchant', { text: '正在读取订单…' })
  findOrder(prepayId)
    .then((order) => {
      amount.textContent = yuan(order.amount)
      merchant.textContent = order.description
    })
    .catch(() => {
      amount.textContent = '￥—'
      merchant.textContent = '沙箱里没有这笔订单，或者沙箱没有应答'
    })
  return askOnSheet({ title: '模拟收银台', note: '不会真的扣款', rows: [merchant, amount], outcomes: OUTCOMES })
}

const PARAMETERS = ['timeStamp', 'nonceStr', 'package', 'signType', 'paySign']

async function requestPayment(options) {
  const payment = {}
  for (const name of PARAMETERS) {
    if (typeof options[name] !== 'string' || options[name] === '')
      throw `parameter error: parameter.${name} should be String`
    payment[name] = options[name]
  }
  const prepayId = /^prepay_id=(.+)$/.exec(options.package)?.[1]
  if (!prepayId) throw '商户参数有误：package'
  const choice = paymentChoice()
  const outcome = choice === 'ask' ? await openCashier(prepayId) : choice
  tell('payment', { outcome, text: PAYMENT_CHOICES[outcome] })
  let message
  try {
    message = await settle(prepayId, outcome, payment)
  } catch (error) {
    await sayImpossible('无法支付', error) // expired, paid already, closed, a wrong signature
    throw error.message
  }
  const failure = /^requestPayment:fail ?(.*)$/.exec(message)
  if (failure) throw failure[1]
  return {}
}

export const asynchronous = { requestPayment }
