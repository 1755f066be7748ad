// From the payment parameters to what the server has confirmed. What WeChat tells the phone decides nothing.

const orders = require('./orders')
const { PAYMENT, PROGRESS } = require('./states')

/** Pauses between the questions to the server, in ms: about half a minute in all. */
const PATIENCE_MS = [600, 1000, 1500, 2000, 3000, 4000, 5000, 6000, 8000]

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** Opens WeChat's payment sheet; resolves with 'ok', 'cancelled' or 'failed'. */
function openCashier(payment) {
  return new Promise((resolve) => {
    wx.requestPayment({
      timeStamp: payment.timeStamp,
      nonceStr: payment.nonceStr,
      package: payment.package,
      signType: payment.signType,
      paySign: payment.paySign,
      success: () => resolve('ok'),
      fail: (result) => resolve(/cancel/.test((result && result.errMsg) || '') ? 'cancelled' : 'failed'),
    })
  })
}

async function isPaid(orderId) {
  const { order } = await orders.detail(orderId)
  return order.progress !== PROGRESS.UNPAID
}

/** Asks until the server says paid; one unanswered question is no answer. */
async function confirmed(orderId, pauses) {
  for (const pause of pauses) {
    await wait(pause)
    if (await isPaid(orderId).catch(() => false)) return true
  }
  return false
}

/**
 * Lets the user pay and resolves with one of PAYMENT once the server has had its say, or with null when the user has
 * left: over another page nothing opens and nothing is waited for.
 * A cancelled or failed sheet is checked too: the money may have gone all the same.
 * @param {{gone: boolean}} host  the component on which the user pays; calls stopWaiting() when it goes
 * @param {object} payment  what create1order or pay1order answered
 * @param {number|string} orderId
 */
async function payAndConfirm(host, payment, orderId) {
  if (host.gone) return null
  const outcome = await settled(host, payment, orderId)
  stopWaiting(host)
  return host.gone ? null : outcome
}

async function settled(host, payment, orderId) {
  const outcome = await openCashier(payment)
  if (outcome === 'ok') {
    if (host.gone) return null
    host.waiting = true
    wx.showLoading({ title: '正在确认付款', mask: true })
    return await confirmed(orderId, PATIENCE_MS) ? PAYMENT.PAID : PAYMENT.UNCONFIRMED
  }
  if (await confirmed(orderId, [0])) return PAYMENT.PAID
  return outcome === 'cancelled' ? PAYMENT.CANCELLED : PAYMENT.FAILED
}

/** Takes away what says that the payment is being confirmed, if it is there. */
function stopWaiting(host) {
  if (host.waiting) wx.hideLoading()
  host.waiting = false
}

module.exports = { payAndConfirm, stopWaiting }
