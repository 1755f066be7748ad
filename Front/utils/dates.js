// Visit dates are text, YYYY-MM-DD, in the hospital's time zone (UTC+8, no daylight saving), wherever the phone is.

const ZONE_MS = 8 * 3600 * 1000
const DAY_MS = 24 * 3600 * 1000
const WEEKDAYS = ['周日', '周一', '周二', '周三', '周四', '周五', '周六']

/** The calendar day at the hospital, `days` after the moment `now` (ms since the epoch). */
function dayFrom(now, days) {
  return new Date(now + ZONE_MS + (days || 0) * DAY_MS).toISOString().slice(0, 10)
}

/** How long, in ms, until the hospital's next day begins. */
function untilTomorrow(now) {
  return DAY_MS - ((now + ZONE_MS) % DAY_MS)
}

/** True for an existing calendar day written YYYY-MM-DD (2023-02-29 is none). */
function isDay(text) {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text || '')
  if (!match) return false
  const date = new Date(Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3])))
  return date.toISOString().slice(0, 10) === text
}

/** '2024-01-23' → '1月23日 周二' (with the year when it is not this one). */
function readableDay(text, now) {
  if (!isDay(text)) return text || ''
  const [year, month, day] = text.split('-').map(Number)
  const weekday = WEEKDAYS[new Date(Date.UTC(year, month - 1, day)).getUTCDay()]
  const sameYear = dayFrom(now, 0).slice(0, 4) === String(year)
  return `${sameYear ? '' : `${year}年`}${month}月${day}日 ${weekday}`
}

const NEAR = ['今天', '明天', '后天']

/** A day in two lines, as a choice: {value, label: '今天' | '周三', day: '11月23日'}. */
function dayChoice(value, now) {
  const near = NEAR.find((_, days) => dayFrom(now, days) === value)
  const [day, weekday] = readableDay(value, now).split(' ')
  return { value, label: near || weekday, day: day.replace(/^\d+年/, '') }
}

/** `count` days from the day `from` on, as YYYY-MM-DD. */
function daysFrom(from, count) {
  const start = Date.parse(`${from}T00:00:00Z`)
  return Array.from({ length: count }, (_, days) => new Date(start + days * DAY_MS).toISOString().slice(0, 10))
}

/** '08:30' → '上午 8:30'; '' for a text that is no time. */
function readableTime(text) {
  const match = /^(\d{2}):(\d{2})$/.exec(text || '')
  if (!match) return ''
  const hour = Number(match[1])
  const half = hour < 12 ? '上午' : (hour === 12 ? '中午' : '下午')
  return `${half} ${hour > 12 ? hour - 12 : hour}:${match[2]}`
}

/** When a visit is: '今天 周日 上午 8:30', '12月1日 周二 时间待确认'. */
function readableVisit(day, time, now) {
  const near = ['今天', '明天'].find((_, days) => dayFrom(now, days) === day)
  const words = readableDay(day, now)
  if (!words) return ''
  return `${near ? `${near} ${words}` : words} ${readableTime(time) || '时间待确认'}`
}

/** A moment of the server, 'YYYY-MM-DD HH:MM:SS' → '今天 12:13', '12月1日 周二 8:30'. Other texts stay as they are. */
function readableMoment(text, now) {
  const match = /^(\d{4}-\d{2}-\d{2}) (\d{2}):(\d{2})/.exec(text || '')
  if (!match) return text || ''
  const [, day, hour, minute] = match
  const near = { [dayFrom(now, 0)]: '今天', [dayFrom(now, -1)]: '昨天', [dayFrom(now, 1)]: '明天' }[day]
  return `${near || readableDay(day, now)} ${Number(hour)}:${minute}`
}

/** Has this moment of the server, 'YYYY-MM-DD HH:MM:SS', passed? Other texts never do. */
const isOver = (text, now) => /^\d{4}-\d{2}-\d{2} /.test(text || '') && text < new Date(now + ZONE_MS).toISOString().slice(0, 19).replace('T', ' ')

/** The hour of now at the hospital, HH:MM. */
const timeOf = (now) => new Date(now + ZONE_MS).toISOString().slice(11, 16)

/** Full years between a birthday (YYYY-MM-DD) and now. */
function ageOn(birthday, now) {
  const today = dayFrom(now, 0)
  const years = Number(today.slice(0, 4)) - Number(birthday.slice(0, 4))
  return today.slice(5) < birthday.slice(5) ? years - 1 : years
}

module.exports = { dayFrom, daysFrom, untilTomorrow, isDay, readableDay, readableTime, readableVisit, readableMoment, isOver, dayChoice, timeOf, ageOn }
