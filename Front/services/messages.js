// Subscribe messages: the user is asked for the templates that the server names, and the server is told the answers: each
// yes is good for one message.

const catalog = require('./catalog')
const { server } = require('./server')

/** WeChat takes at most three template ids in one question. */
const AT_ONCE = 3

/**
 * Asks, once per page; resolves in any case: a refusal is normal, and the order does not depend on it.
 * To be called straight in a tap, before anything is waited for: WeChat refuses every other call. Before the payment,
 * so that the notice of it can be sent, too.
 * @param {object} host  the page or component on which the user taps
 */
function askInTap(host) {
  if (!host.askedForMessages) {
    const known = catalog.cached()
    host.askedForMessages = ask(known ? known.templates : [])
  }
  return host.askedForMessages
}

/** Asks for up to three templates, straight in a tap; resolves with {templateId: answer}, {} when WeChat has not asked. */
function ask(templateIds) {
  const tmplIds = templateIds.slice(0, AT_ONCE)
  if (!tmplIds.length || !wx.requestSubscribeMessage) return Promise.resolve({})
  return new Promise((resolve) => {
    wx.requestSubscribeMessage({
      tmplIds,
      success: (said) => {
        const answers = tmplIds.reduce((all, id) => (said[id] ? { ...all, [id]: said[id] } : all), {})
        tell(answers)
        resolve(answers)
      },
      fail: () => resolve({}),
    })
  })
}

/** The server counts how many messages may still be sent. It goes without when it does not hear of an answer. */
function tell(answers) {
  if (Object.keys(answers).length) server.post('user/messageAnswers/', { answers: JSON.stringify(answers) }).catch(() => {})
}

/** What may still be told of an order: [{kind, title, templateId, remaining, refused, due}]; [] from a server that does not count. */
async function remaining(orderId) {
  try {
    return (await server.get('user/getMessages/', { id: orderId })).data || []
  } catch (failure) {
    if (failure.status === 404) return []
    throw failure
  }
}

/**
 * Asks an escort, straight in a tap, whether cancelled visits may be told; resolves with true when WeChat was asked and
 * the escort said yes.
 */
async function askEscort() {
  const known = catalog.cached()
  const answers = await ask(known ? known.escortTemplates : [])
  return Object.values(answers).includes('accept')
}

/** Asks, straight in a tap, whether it may be told that a supplement (补款) is to be paid, or how it ended. */
function askAboutSupplements() {
  const known = catalog.cached()
  return ask(known ? known.supplementTemplates : [])
}

/** Asks an escort, straight in a tap, whether monthly statements may be told; resolves with true when the answer is yes. */
async function askAboutPay() {
  const known = catalog.cached()
  const answers = await ask(known ? known.payTemplates || [] : [])
  return Object.values(answers).includes('accept')
}

const canTellPay = () => !!(catalog.cached() && (catalog.cached().payTemplates || []).length && wx.requestSubscribeMessage)

/** Asks, once per page and straight in a tap, about the templates of an occasion: complaint, invoice, qualification. Resolves in any case. */
function askAbout(host, occasion) {
  if (!host.askedForMessages) {
    const known = catalog.cached()
    host.askedForMessages = ask((known && known.occasions[occasion]) || [])
  }
  return host.askedForMessages
}

/** Is there anything to ask an escort about? */
const canTellEscort = () => !!(catalog.cached() && catalog.cached().escortTemplates.length && wx.requestSubscribeMessage)

module.exports = { ask, askAbout, askInTap, askAboutSupplements, askAboutPay, askEscort, canTellEscort, canTellPay, remaining }
