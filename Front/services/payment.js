// From the payment parameters to what the server has confirmed. What WeChat tells the phone decides nothing.

const orders = require('./orders')
const { PAYMENT, PROGRESS } = require('./states')

/** Pauses between the questions to the server, in ms: about half a minute, while the user may well be waiting. */
const PATIENCE_MS = [600, 1000, 1500, 2000, 3000, 4000, 5000, 6000, 8000]

/** After that the order's page goes on asking for ten minutes more, as long as it is there. */
const LATER_MS = 15000
const LATER_TIMES = 40

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

/** An order that was cancelled or has expired is not paid, either. */
const isPaid = (order) => order.progress !== PROGRESS.UNPAID && order.progress !== PROGRESS.CANCELLED

const orderIsPaid = ({ order }) => isPaid(order)

/**
 * Lets the user pay and resolves with one of PAYMENT, or with null when the user has left: over another page nothing
 * opens. SENT is WeChat's word alone: the order's page asks the server (untilSettled). A cancelled or failed sheet is
 * checked at once: the money may have gone all the same.
 * @param {{gone: boolean}} host  the component on which the user pays
 * @param {object} payment  what create1order, pay1order or paySupplement answered
 * @param {number|string} orderId
 * @param {(answer: object) => boolean} [paid]  is paid what was to be paid, as the order's answer says? By default the order
 */
async function payAtCashier(host, payment, orderId, paid = orderIsPaid) {
  if (host.gone) return null
  const said = await openCashier(payment)
  let outcome = PAYMENT.SENT
  if (said !== 'ok') {
    // one unanswered question is no answer
    if (await orders.detail(orderId).then(paid, () => false)) outcome = PAYMENT.PAID
    else outcome = said === 'cancelled' ? PAYMENT.CANCELLED : PAYMENT.FAILED
  }
  return host.gone ? null : outcome
}

/**
 * Looks again and again until the order is not unpaid any more; resolves with whether it came to that. Never holds the
 * screen, and ends when the page is left.
 * @param {{gone: boolean}} host
 * @param {() => Promise<boolean>} look  shows the order as it is now; true when it is not unpaid any more
 * @param {() => void} late  called once when it takes longer than people wait
 */
async function untilSettled(host, look, late) {
  const settled = async (pause) => {
    await wait(pause)
    return !host.gone && look().catch(() => false)
  }
  for (const pause of PATIENCE_MS) {
    if (host.gone) return false
    if (await settled(pause)) return true
  }
  if (!host.gone) late()
  for (let times = 0; times < LATER_TIMES && !host.gone; times += 1) if (await settled(LATER_MS)) return true
  return false
}

module.exports = { isPaid, payAtCashier, untilSettled }
