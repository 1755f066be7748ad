// Days on which a visit can be booked, and why others cannot.

const { server } = require('./server')

/**
 * `count` days from `from` on: {day: {open, reason, halves}}. A server that has no such calendar refuses none: {}.
 * @param {{serviceId: number, hospitalId: number, from: string, days: number}} query  days ≤ 62
 */
async function bookable(query) {
  try {
    const { data } = await server.get('catalog/days/', query, { login: false })
    return (data || []).reduce((all, row) => ({ ...all, [row.day]: row }), {})
  } catch (failure) {
    if (failure.status === 404) return {}
    throw failure
  }
}

module.exports = { bookable }
