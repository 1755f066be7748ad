// Subscribe messages: the user is asked for the templates that the server's configuration names.

const catalog = require('./catalog')

/** WeChat takes at most three template ids in one question. */
const AT_ONCE = 3

/**
 * Asks, once per page; resolves in any case: a refusal is normal, and the order does not depend on it.
 * To be called straight in a tap, before anything is waited for: WeChat refuses every other call. Before the payment,
 * so that the notice of it can be sent, too.
 * @param {object} host  the page or component on which the user taps
 */
function askInTap(host) {
  if (!host.askedForMessages) host.askedForMessages = ask()
  return host.askedForMessages
}

function ask() {
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

module.exports = { askInTap, askEscort, canTellEscort }
