// When the office can be reached, by the hours that the server names.

const catalog = require('./catalog')
const { readableTime, timeOf } = require('../utils/dates')

/** When it opens again, such as '明天上午 8:00'; '' while it is open, or when its hours are not known. */
function opensAgain(now) {
  const known = catalog.cached()
  const [opens, closes] = ((known && known.visits.officeHours) || '').split('-')
  const time = timeOf(now)
  if (!closes || (time >= opens && time < closes)) return ''
  return `${time < opens ? '今天' : '明天'}${readableTime(opens)}`
}

module.exports = { opensAgain }
