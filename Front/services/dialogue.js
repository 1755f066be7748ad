// Speaking with people: calls, short notices, questions.

const catalog = require('./catalog')

/**
 * Calls a number; customer service when none is given. Closing the system's sheet is no failure. An extension is asked
 * for by the exchange: it cannot be dialled along.
 */
function call(number) {
  wx.makePhoneCall({ phoneNumber: String(number || catalog.phone()).split('转')[0], fail() {} })
}

/** Says something briefly; long sentences wait for the reader, because a toast would cut them off. */
function say(sentence, icon = 'none') {
  if (icon !== 'none' ? sentence.length <= 7 : sentence.length <= 18) {
    wx.showToast({ title: sentence, icon, duration: 2000 })
    return
  }
  wx.showModal({ title: '提示', content: sentence, showCancel: false, confirmText: '知道了' })
}

/** Asks yes or no; resolves with true for yes. WeChat allows four characters on each button. */
function ask({ title, content, confirmText = '确定', cancelText = '取消' }) {
  return new Promise((resolve) => {
    wx.showModal({ title, content, confirmText, cancelText, success: (result) => resolve(!!result.confirm), fail: () => resolve(false) })
  })
}

module.exports = { call, say, ask }
