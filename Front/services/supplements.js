// Supplements (补款): what is to be paid for an order besides its price. Every sentence about money comes from the server.

const { server } = require('./server')

/** States of a supplement that this program tells apart. */
const SUPPLEMENT = { OPEN: 'open', PAID: 'paid', DISPUTED: 'disputed', WITHDRAWN: 'withdrawn' }

/** Begins or resumes the payment; resolves with {id, payment}. */
const pay = (id) => server.post('user/paySupplement/', { id })

/** Says that it is not agreed to: the office looks at it, and it cannot be paid meanwhile. */
const dispute = (id, reason) => server.post('user/disputeSupplement/', { id, reason })

/** Asks for the money of a paid one, or a part of it. */
const askRefund = (id, reason, amount) => server.post('user/refundSupplement/', { id, reason, amount })

/** Takes such a request back while nobody has decided. */
const withdrawRefund = (id) => server.post('user/withdrawSupplementRefund/', { id })

/** Is the supplement of an order's answer not to be paid any more: paid, or taken back by the office? */
const isSettled = ({ supplements }, id) => {
  const found = supplements.find((one) => one.id === id)
  return !found || found.state !== SUPPLEMENT.OPEN
}

module.exports = { SUPPLEMENT, pay, dispute, askRefund, withdrawRefund, isSettled }
