// Orders that the office entered for somebody who called: taken over by the link or the code that it gave.

const { server } = require('./server')

/**
 * What can be claimed: {orderId, patient, service, hospital, wantTime, visitTime, amount, paid, progress, expiresTime};
 * `orderId` is 0 until the caller has claimed it.
 * @param {{token?: string, code?: string}} secret
 */
const look = (secret) => server.get('user/getClaim/', secret)

/** Resolves with {orderId}; from now on the order is the caller's. */
const claim = (secret) => server.post('user/claimOrder/', secret)

module.exports = { look, claim }
