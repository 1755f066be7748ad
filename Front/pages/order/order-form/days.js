// The order form's methods about days: they are made anew when the day changes, because a form may lie open all night.

const { PAGE } = require('../../../services/states')
const { nearDays, dayFrom, isDay, readableDay, untilTomorrow } = require('../../../utils/dates')

const A_MOMENT_MS = 1000

/** The days that can be chosen now. */
const daysOn = (now, bookingDays) => ({ days: nearDays(now), firstDay: dayFrom(now, 0), lastDay: dayFrom(now, bookingDays) })

/** What to say of a chosen day that has passed; '' when it has not. */
function pastDay(wantTime, now) {
  if (!isDay(wantTime) || wantTime >= dayFrom(now, 0)) return ''
  return `原来选的 ${readableDay(wantTime, now)} 已经过了，请重新选择`
}

const days = {
  /** A new day: the right 今天 is offered, and a chosen day that has passed is taken out and told. */
  renewDays() {
    const now = Date.now()
    if (this.data.state !== PAGE.CONTENT || dayFrom(now, 0) === this.data.firstDay) return
    this.setData(daysOn(now, this.bookingDays))
    this.take(this.data.fields, this.data.savedId)
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

module.exports = { days, daysOn, pastDay }
