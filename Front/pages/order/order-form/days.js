// The order form's methods about days. They are made again when the day changes, because a form may lie open all night.

const days = require('../../../services/days')
const { opensAgain } = require('../../../services/office')
const { PAGE } = require('../../../services/states')
const { dayChoice, dayFrom, daysFrom, isDay, readableDay, untilTomorrow } = require('../../../utils/dates')
const { LATER } = require('./fields')
const { timesOf } = require('./times')

const A_MOMENT_MS = 1000

/** Days on the form itself; all others are in the calendar. */
const STRIP = 14

/** The server's calendar is asked for so many days at once. */
const AT_ONCE = 62

/** What to say of a chosen day that has passed; '' when it has not. */
function pastDay(wantTime, now) {
  if (!isDay(wantTime) || wantTime >= dayFrom(now, 0)) return ''
  return `原来选的 ${readableDay(wantTime, now)} 已经过了，请重新选择`
}

const anyHalf = ({ halves }) => !!halves && (halves.am.open || halves.pm.open)

/** Why nothing of a day is to be had; '' when something is, or nothing is known. */
const closedDay = (row) => (row && !row.open && !anyHalf(row) ? row.reason || '这一天不能预约' : '')

/** Days as choices, with why they cannot be chosen (`off`). */
const choicesOf = (values, known, now) => values.map((value) => {
  return { ...dayChoice(value, now), off: closedDay(known[value]) }
})

/** One line per reason: which days it closes. */
function closedLines(choices) {
  const reasons = [...new Set(choices.map(({ off }) => off).filter(Boolean))]
  return reasons.map((reason) => `${choices.filter(({ off }) => off === reason).map(({ day }) => day).join('、')}：${reason}`)
}

/** What comes of a time that is left open. Who books for today after closing time has to know that nobody calls before. */
function laterNote(day, now) {
  const opens = day === dayFrom(now, 0) ? opensAgain(now) : ''
  if (opens.startsWith('明天')) return `现在已经下班，要到${opens} 才能打电话给您，今天来不及安排。请选明天以后的日子；急病请拨 120。`
  return opens ? `我们${opens} 上班后打电话和您商定时间。` : '我们会打电话和您商定时间。'
}

const bookingDays = {
  /** What the form shows of days and times for these fields. */
  daysFor(fields) {
    const now = Date.now()
    const known = this.knownDays || {}
    const strip = choicesOf(daysFrom(dayFrom(now, 0), STRIP), known, now)
    const row = known[fields.wantTime]
    const times = timesOf({
      day: fields.wantTime, halves: (row && row.halves) || null, all: this.data.allTimes, chosen: fields.visitTime, step: this.timeStep || 30,
    }, now)
    return { days: strip, closed: closedLines(strip), laterNote: laterNote(fields.wantTime, now), farDay: !!fields.wantTime && !strip.some(({ value }) => value === fields.wantTime), times }
  },

  /** Asks which days are free for this service and hospital. What is not known is offered: the server decides in the end. */
  async loadDays() {
    const { serviceId, hospitalId } = this.data.fields
    const wanted = `${serviceId} ${hospitalId}`
    if (!serviceId || hospitalId === '') return
    if (wanted !== this.daysOf) this.knownDays = {}
    this.daysOf = wanted
    await this.addDays(dayFrom(Date.now(), 0)).catch((failure) => {
      if (!this.gone) this.setData({ daysFailure: failure.message })
    })
  },

  /** Learns the days from one on, and shows what follows. */
  async addDays(from) {
    const { serviceId, hospitalId } = this.data.fields
    const wanted = this.daysOf
    const found = await days.bookable({ serviceId, hospitalId, from, days: AT_ONCE })
    if (this.gone || wanted !== this.daysOf) return
    this.knownDays = { ...this.knownDays, ...found }
    const { fields, wrong } = this.data
    const { wantTime } = this.closedWhy(fields)
    this.setData({ daysFailure: '', wrong: wantTime ? { ...wrong, wantTime } : wrong, ...this.daysFor(fields), ...this.monthShown() })
  },

  retryDays() {
    return this.loadDays()
  },

  /** Why this day, or this time of it, is not to be had; '' when it is. */
  closedWhy({ wantTime, visitTime }) {
    const row = (this.knownDays || {})[wantTime]
    if (closedDay(row)) return { wantTime: `${readableDay(wantTime, Date.now())}：${closedDay(row)}` }
    if (visitTime === LATER && row && !row.open) return { visitTime: `${row.reason || '这一天快满了'}，请选一个还能约的时间` }
    const time = this.daysFor(this.data.fields).times.find(({ value }) => value === visitTime)
    return time && time.off ? { visitTime: time.off } : {}
  },

  chooseDay(event) {
    this.change({ wantTime: event.detail.value })
  },

  chooseTime(event) {
    this.change({ visitTime: event.detail.value })
  },

  showAllTimes() {
    this.setData({ allTimes: true })
    this.setData(this.daysFor(this.data.fields))
  },

  /** The calendar of a month, from the chosen day's on. */
  openCalendar() {
    this.month = (this.data.farDay ? this.data.fields.wantTime : dayFrom(Date.now(), STRIP)).slice(0, 7)
    this.setData({ sheet: 'calendar', ...this.monthShown() })
    this.learnMonth()
  },

  turnMonth(event) {
    const [year, month] = this.month.split('-').map(Number)
    this.month = new Date(Date.UTC(year, month - 1 + Number(event.currentTarget.dataset.by), 1)).toISOString().slice(0, 7)
    this.setData(this.monthShown())
    this.learnMonth()
  },

  /** The server tells about two months at once: later ones are asked for when they are opened. */
  learnMonth() {
    const first = `${this.month}-01`
    const from = first > dayFrom(Date.now(), 0) ? first : dayFrom(Date.now(), 0)
    if ((this.knownDays || {})[daysFrom(from, 28)[27]]) return
    this.addDays(from).catch((failure) => {
      if (!this.gone) this.setData({ daysFailure: failure.message })
    })
  },

  monthShown() {
    if (!this.month) return {}
    const now = Date.now()
    const [first, last] = [dayFrom(now, 0), dayFrom(now, this.bookingDays)]
    const all = daysFrom(`${this.month}-01`, 31).filter((day) => day.slice(0, 7) === this.month && day >= first && day <= last)
    const choices = choicesOf(all, this.knownDays || {}, now)
    const [year, month] = this.month.split('-').map(Number)
    return {
      calendar: { title: `${year} 年 ${month} 月`, days: choices, closed: closedLines(choices), earlier: this.month > first.slice(0, 7), later: this.month < last.slice(0, 7) },
    }
  },

  /** A new day: the right 今天 is offered, and a chosen day that has passed is taken out and told. */
  renewDays() {
    const now = Date.now()
    if (this.data.state !== PAGE.CONTENT || dayFrom(now, 0) === this.today) return
    this.take(this.data.fields, this.data.savedId, this.data.step)
    this.loadDays()
  },

  /** While the form lies open: at every midnight of the hospital. Timers stand still in the background: onPageShow. */
  waitForTomorrow() {
    this.midnight = setTimeout(() => {
      this.renewDays()
      this.waitForTomorrow()
    }, untilTomorrow(Date.now()) + A_MOMENT_MS)
  },

  stopWaitingForTomorrow() {
    clearTimeout(this.midnight)
  },
}

module.exports = { bookingDays, pastDay, laterNote }
