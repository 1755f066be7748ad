// Days and times as an escort reads them.

const { dayFrom, readableDay } = require('../../../utils/dates')

const ZONE_MS = 8 * 3600 * 1000

/** '2026-12-01', '08:30' → '今天 8:30', '明天 上午，时间待确认', '12月1日 周二 14:00'. */
function dayAndTime(day, time, now = Date.now()) {
  const near = { [dayFrom(now, 0)]: '今天', [dayFrom(now, 1)]: '明天' }
  return `${near[day] || readableDay(day, now)} ${time ? time.replace(/^0/, '') : '时间待确认'}`
}

const HALVES = { am: '上午', pm: '下午', day: '全天' }

/** The hour of a job or an invitation, '08:30'; of one whose hour is not settled the half-day, '上午，时间待确认'. */
const hourOf = ({ time, half }) => time || (HALVES[half] ? `${HALVES[half]}，时间待确认` : '')

/** '2026-12-01 08:30:00' at the hospital. */
const hospitalTime = (ms) => new Date(ms + ZONE_MS).toISOString().slice(0, 19).replace('T', ' ')

/** Hours and minutes at the hospital. */
const clockTime = (ms) => hospitalTime(ms).slice(11, 16)

/** 754 seconds → '还剩 13 分钟'; nothing left: '已过时'. */
function timeLeft(seconds) {
  if (seconds <= 0) return '已过时'
  if (seconds < 60) return '还剩不到 1 分钟'
  const minutes = Math.ceil(seconds / 60)
  return minutes < 60 ? `还剩 ${minutes} 分钟` : `还剩 ${Math.floor(minutes / 60)} 小时 ${minutes % 60} 分`
}

module.exports = { dayAndTime, hourOf, hospitalTime, clockTime, timeLeft }
