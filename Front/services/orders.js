// Orders of the caller. Every sentence about money comes from the server.

const { server } = require('./server')
const { PROGRESS } = require('./states')

/** All orders, newest first (cancelled ones are left out by the server). */
async function list() {
  return (await server.get('user/getOrderStatus/')).data || []
}

/** The one order that waits for payment, or null: the server allows at most one. */
async function unpaid() {
  return (await list()).find((order) => order.progress === PROGRESS.UNPAID) || null
}

/** One order with its timeline and what may be done with it now. The server asks WeChat first when money may have landed. */
async function detail(id) {
  const answer = await server.get('user/getOrder/', { id })
  return {
    order: answer.order,
    timeline: answer.timeline || [],
    actions: answer.actions || [],
    refund: answer.refund || null,
    refunds: answer.refunds || [],
  }
}

/** Creates the order, or updates the caller's unpaid one; resolves with {id, payment}. Fields as in the form's `wire`. */
const create = (fields) => server.post('user/create1order/', fields)

/** Resumes the payment of an unpaid order; resolves with {id, payment}. */
const pay = (id) => server.post('user/pay1order/', { id })

const remove = (id) => server.post('user/delete1order/', { id })

/** Asks for a refund of exactly the amount that was shown; another one by now is refused (refund_amount_changed). */
const refund = (id, reason, amount) => server.post('user/refund1order/', { id, reason, amount })

/** stars 1–5, comment up to 500 characters. */
const rate = (id, stars, comment) => server.post('user/rate1order/', { id, stars, comment })

module.exports = { list, unpaid, detail, create, pay, remove, refund, rate }
