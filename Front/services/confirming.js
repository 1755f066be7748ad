// Confirming a service in WeChat (确认收货). WeChat's component opens over this program and comes back through App.onShow; whatever
// it says, the server asks WeChat.

const { server } = require('./server')

/** WeChat's component, as it names itself when it comes back. */
const COMPONENT = 'wx1183b055aeec94d1'
const TYPE = 'weappOrderConfirm'

/** What waits for the component to come back: one at most, of the page that has opened it. */
let waiting = null

/** Can this WeChat open the component? Old ones cannot: WeChat then confirms by itself after some days. */
const possible = () => typeof wx.openBusinessView === 'function'

/**
 * Opens the component for a payment; resolves with its status (success, fail, cancel), or '' when it could not be opened.
 * @param {object} payment  a row of the order's `confirmations`
 */
function open({ transactionId, merchantId, merchantTradeNo }) {
  if (!possible()) return Promise.resolve('')
  const extraData = transactionId ? { transaction_id: transactionId } : { merchant_id: merchantId, merchant_trade_no: merchantTradeNo }
  return new Promise((resolve) => {
    if (waiting) waiting('')
    waiting = resolve
    wx.openBusinessView({ businessType: TYPE, extraData, fail: () => finish('') })
  })
}

function finish(status) {
  if (waiting) waiting(status)
  waiting = null
}

/** App.onShow: is it the component that comes back? Coming back in any other way ends the waiting, too. */
function returned({ referrerInfo } = {}) {
  if (!waiting) return
  const { appId, extraData } = referrerInfo || {}
  const { status } = (appId === COMPONENT && extraData) || {}
  finish(status || 'cancel')
}

/** Has the server ask WeChat; resolves with {confirmed, msg}. */
const tell = (orderId) => server.post('user/confirmedService/', { id: orderId })

module.exports = { possible, open, returned, tell }
