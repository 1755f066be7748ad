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

/**
 * Asks an escort, straight in a tap, whether cancelled visits may be told; resolves with true when WeChat was asked and
 * the escort said yes. Each yes is good for one message.
 */
function askEscort() {
  const known = catalog.cached()
  const tmplIds = known ? known.escortTemplates.slice(0, AT_ONCE) : []
  if (!tmplIds.length || !wx.requestSubscribeMessage) return Promise.resolve(false)
  return new Promise((resolve) => {
    wx.requestSubscribeMessage({ tmplIds, success: (answer) => resolve(tmplIds.some((id) => answer[id] === 'accept')), fail: () => resolve(false) })
  })
}

/** Is there anything to ask an escort about? */
const canTellEscort = () => !!(catalog.cached() && catalog.cached().escortTemplates.length && wx.requestSubscribeMessage)

module.exports = { askAfterPayment, askEscort, canTellEscort }
