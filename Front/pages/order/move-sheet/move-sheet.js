const catalog = require('../../../services/catalog')
const typed = require('../../../services/typed')
const { PAGE } = require('../../../services/states')
const { dayFrom, readableVisit } = require('../../../utils/dates')
const { bookingDays } = require('../order-form/days')
const { LATER } = require('../order-form/fields')

/** Another day or hour for a paid visit: at once, or as a request to the office. Sends `send` with {wantTime, visitTime, reason}. */
Component({
  properties: {
    visible: Boolean,
    order: Object,
    /** {mode, movesLeft, aloneUntil, request} as the server gives it. */
    changes: Object,
    sending: Boolean,
  },

  data: {
    state: PAGE.CONTENT,
    fields: { serviceId: '', hospitalId: '', wantTime: '', visitTime: '' },
    days: [], closed: [], farDay: false, times: [], allTimes: false, daysFailure: '', later: LATER,
    calendar: { title: '', days: [], closed: [], earlier: false, later: false },
    showsCalendar: false,
    now: '', wanted: '', reason: '', wrong: {},
  },

  observers: {
    visible(visible) {
      if (visible) this.begin()
    },
  },

  methods: {
    ...bookingDays,

    begin() {
      const { order } = this.data
      const known = catalog.cached()
      this.bookingDays = known ? known.bookingDays : 60
      this.timeStep = known ? known.visits.timeStep : 30
      const fields = { serviceId: order.serviceId, hospitalId: order.hospitalid, wantTime: order.wantTime, visitTime: order.visitTime || LATER }
      const kept = typed.read(`move ${order.id}`) || {}
      this.setData({ fields, reason: kept.reason || '', wrong: {}, showsCalendar: false, allTimes: false, now: readableVisit(order.wantTime, order.visitTime, Date.now()) })
      this.setData({ ...this.daysFor(fields), wanted: '' })
      this.loadDays()
    },

    change(changes) {
      const fields = { ...this.data.fields, ...changes }
      this.setData({ fields, wrong: {}, showsCalendar: false, ...this.daysFor(fields), wanted: this.wantedOf(fields) })
    },

    /** The new time as people read it; '' while it is the old one. */
    wantedOf({ wantTime, visitTime }) {
      const { order } = this.data
      const time = visitTime === LATER ? '' : visitTime
      return wantTime === order.wantTime && time === order.visitTime ? '' : readableVisit(wantTime, time, Date.now())
    },

    showCalendar() {
      this.month = (this.data.farDay ? this.data.fields.wantTime : dayFrom(Date.now(), 14)).slice(0, 7)
      this.setData({ showsCalendar: true, ...this.monthShown() })
      this.learnMonth()
    },

    leaveOpen() {
      this.change({ visitTime: LATER })
    },

    onReason(event) {
      const reason = event.detail.value
      this.setData({ reason })
      typed.keep(`move ${this.data.order.id}`, { reason })
    },

    close() {
      this.triggerEvent('close')
    },

    send() {
      const { fields, reason, wanted } = this.data
      const wrong = this.closedWhy(fields)
      if (!wanted) wrong.wantTime = '请选择新的日期或时间'
      if (wrong.wantTime || wrong.visitTime) return this.setData({ wrong })
      return this.triggerEvent('send', { wantTime: fields.wantTime, visitTime: fields.visitTime === LATER ? '' : fields.visitTime, reason: reason.trim() })
    },
  },
})
