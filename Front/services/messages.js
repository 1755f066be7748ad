// Subscribe messages: the user is asked once per payment, for the templates that the server's configuration names.

const catalog = require('./catalog')

/** WeChat takes at most three template ids in one question. */
const AT_ONCE = 3

/** Asks; resolves in any case: a refusal is normal, and the order does not depend on it. */
function askAfterPayment() {
  const known = catalog.cached()
  const tmplIds = known ? known.templates.slice(0, AT_ONCE) : []
  if (!tmplIds.length || !wx.requestSubscribeMessage) return Promise.resolve()
  return new Promise((resolve) => {
    wx.requestSubscribeMessage({ tmplIds, success: () => resolve(), fail: () => resolve() })
  })
}

module.exports = { askAfterPayment }
