// Orders of the caller. Every sentence about money comes from the server.

const { Failure } = require('./failure')
const { server } = require('./server')
const { ERROR, PROGRESS } = require('./states')

/**
 * A page of the orders, newest first; cancelled and expired ones too, until the user takes them off the list.
 * @param {number} [before]  the `next` of the page before
 * @returns {Promise<{rows: object[], next: number}>}  `next` is 0 on the last page
 */
async function page(before) {
  const answer = await server.get('user/getOrders/', before ? { before } : {})
  return { rows: answer.data || [], next: answer.next || 0 }
}

/** The newest orders: every unpaid one is among them, because none lives longer than a day. */
const recent = async () => (await page()).rows

/**
 * What is next: the next visit, and the order that waits for payment; null each when there is none; and the supplements
 * that do. Servers without this question tell it by the list of orders.
 */
async function nextVisit() {
  try {
    const { order, unpaid, supplements } = await server.get('user/getNextVisit/')
    return { order: order || null, unpaid: unpaid || null, supplements: supplements || [] }
  } catch (failure) {
    if (failure.status !== 404) throw failure
  }
  const rows = await recent()
  const coming = rows.filter(({ progress }) => progress === PROGRESS.PAID || progress === PROGRESS.SERVING)
  coming.sort((one, other) => one.wantTime.localeCompare(other.wantTime))
  return { order: coming[0] || null, unpaid: rows.find(({ progress }) => progress === PROGRESS.UNPAID) || null, supplements: [] }
}

/** One order with its timeline and what may be done with it now. The server asks WeChat first when money may have landed. */
async function detail(id) {
  const answer = await server.get('user/getOrder/', { id })
  return {
    order: answer.order,
    timeline: answer.timeline || [],
    actions: answer.actions || [],
    refund: answer.refund || null,
    rule: answer.rule || null,
    refunds: answer.refunds || [],
    supplements: answer.supplements || [],
    confirmations: answer.confirmations || [],
  }
}

/** What is no number of a payment: a place that WeChat did not fill in, say. */
const NUMBER = /^[0-9A-Za-z_\-|*@]{6,64}$/

/** The id of the order that a payment was for, by our number of it or WeChat's; rejects with a 404 for a stranger's. */
async function find(number) {
  if (!NUMBER.test(number)) throw new Failure(ERROR.NO_SUCH_ORDER, { status: 404 })
  return (await server.get('user/findOrder/', { number })).orderId
}

/** An earlier order of the caller, to be booked once more; null when it is not to be found any more. */
async function earlier(id) {
  try {
    return (await detail(id)).order
  } catch (failure) {
    if (failure.status !== 404) throw failure
    return null
  }
}

/**
 * Creates the order, or changes the unpaid one; resolves with {id, payment}. Refused when the order of this id is not
 * unpaid any more, or when the price is another one by now. `perPatient`: each patient may have an unpaid order.
 * @param {object} fields  as in the form's `wire`
 * @param {object} believed
 * @param {number|string} believed.id  the unpaid order that is changed, '' for a new one
 * @param {string} believed.price  as it was shown
 */
const create = (fields, { id, price }) => server.post('user/create1order/', { ...fields, perPatient: 'y', shownPrice: price, ...(id ? { unpaidId: id } : {}) })

/** Resumes the payment of an unpaid order; resolves with {id, payment}. */
const pay = (id) => server.post('user/pay1order/', { id })

const remove = (id) => server.post('user/delete1order/', { id })

/** Takes a cancelled order off the list; one that is off it already is none to complain about. */
async function hide(id) {
  try {
    await server.post('user/hide1order/', { id })
  } catch (failure) {
    if (failure.slug !== ERROR.ORDER_REMOVED) throw failure
  }
}

/**
 * Asks to cancel (with exactly the amount that was shown; another one by now is refused: refund_amount_changed), or for
 * money back of an order that goes on or is over. `kind` is one of REQUEST.
 */
const request = (id, kind, reason, amount) => server.post('user/refund1order/', { id, kind, reason, amount })

/** Takes back a request that nobody has decided yet. */
const withdraw = (id) => server.post('user/withdraw1request/', { id })

/** What cancelling would give back, with its dates, for a visit on a day at a time ('' not settled): {lines, …}. */
const refundRule = async (wantTime, visitTime) => (await server.get('catalog/refundRule/', visitTime ? { wantTime, visitTime } : { wantTime }, { login: false })).rule

/** stars 1–5, comment up to 500 characters, tags as the sheet offers them. */
const rate = (id, stars, comment, tags = []) => server.post('user/rate1order/', { id, stars, comment, tags })

module.exports = { page, recent, nextVisit, detail, find, earlier, create, pay, remove, hide, request, withdraw, refundRule, rate }
