// The times of a visit that can be chosen: every half hour, those that most people take first.

const { readableTime, timeOf, dayFrom } = require('../../../utils/dates')

const COMMON = ['08:00', '08:30', '09:00', '09:30', '10:00', '14:00', '14:30', '15:00']
const FIRST = 7 * 60
const LAST = 18 * 60

const clock = (minutes) => `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`

function everyTime(step) {
  const times = []
  for (let minutes = FIRST; minutes <= LAST; minutes += step) times.push(clock(minutes))
  return times
}

/**
 * The times of a day as choices: {value, label, off: why it cannot be chosen, or ''}.
 * @param {object} given
 * @param {string} given.day  the chosen day, '' while there is none
 * @param {object|null} given.halves  {am: {open, reason}, pm: …} of that day, null when nothing is known
 * @param {boolean} given.all  all of them, not only the common ones
 * @param {string} given.chosen  is among them in any case
 * @param {number} given.step  minutes
 */
function timesOf({ day, halves, all, chosen, step }, now) {
  const passed = (time) => day === dayFrom(now, 0) && time <= timeOf(now)
  const why = (time) => {
    if (passed(time)) return '这个时间已经过了'
    const half = halves && halves[time < '12:00' ? 'am' : 'pm']
    return half && !half.open ? half.reason || '这半天约满了' : ''
  }
  const values = all ? everyTime(step) : COMMON
  const shown = /^\d\d:\d\d$/.test(chosen) && !values.includes(chosen) ? [...values, chosen].sort() : values
  return shown.map((value) => ({ value, label: readableTime(value), off: why(value) }))
}

module.exports = { timesOf }
