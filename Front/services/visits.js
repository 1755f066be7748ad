// A visit as its family follows it: steps, report, consent, and when it is.

const { server } = require('./server')

/**
 * The visit of an order, or null when it is as it was at `etag`, or when the server keeps no visits.
 * @returns {Promise<{visit: object|null, etag: string}>}
 */
async function look(id, etag) {
  try {
    const answer = await server.getIfChanged('user/getVisit/', etag, { query: { id }, login: true })
    return { visit: answer.body, etag: answer.etag }
  } catch (failure) {
    if (failure.status === 404) return { visit: null, etag: '' }
    throw failure
  }
}

/** `agree`: may notes, photos and a report be kept? With a no, `erase` deletes what is there. */
const consent = (version, agree, erase = false) => server.post('user/giveVisitConsent/', { version, agree: agree ? 'y' : 'n', erase: erase ? 'y' : 'n' })

/** A question about the report; the same `actionId` asks it once. */
const ask = (id, text, actionId) => server.post('user/askReport/', { id, text, actionId })

const confirmReport = (id) => server.post('user/confirmReport/', { id })

/** 我会准时到. */
const confirm = (id) => server.post('user/confirmVisit/', { id })

/** Moves the visit from what was shown, or asks the office to; resolves with {moved, requested, msg}. */
const move = (order, { wantTime, visitTime, reason }) =>
  server.post('user/move1order/', { id: order.id, wantTime, visitTime, reason, seenDay: order.wantTime, seenTime: order.visitTime })

const withdrawMove = (id) => server.post('user/withdrawMove/', { id })

module.exports = { look, consent, ask, confirmReport, confirm, move, withdrawMove }
