const { PROGRESS } = require('../../services/states')
const { readableDay } = require('../../utils/dates')
const { openPage } = require('../../utils/go')

const WARM = [PROGRESS.UNPAID, PROGRESS.REFUNDING]

/** An order in a list: state, service, hospital, day, price. Tapping opens it. */
Component({
  properties: { order: Object },

  data: { day: '', warm: false },

  observers: {
    order(order) {
      if (order) this.setData({ day: readableDay(order.wantTime, Date.now()), warm: WARM.includes(order.progress) })
    },
  },

  methods: {
    open() {
      openPage(`/pages/order/order?id=${this.data.order.id}`)
    },
  },
})
