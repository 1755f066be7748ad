const { ACTION, PROGRESS } = require('../../services/states')
const { readableDay, readableVisit } = require('../../utils/dates')
const { openPage } = require('../../utils/go')

const WARM = [PROGRESS.UNPAID, PROGRESS.REFUNDING]

/**
 * An order in a list: who goes and when, state, service, hospital, why it was cancelled, price. Tapping opens it. What
 * the server allows with one that has ended stands below it; taking it off the list is left to the page (`hide`).
 */
Component({
  properties: { order: Object },

  data: { day: '', warm: false, can: {} },

  observers: {
    order(order) {
      if (!order) return
      const may = (action) => (order.actions || []).includes(action)
      this.setData({
        day: order.visitTime === undefined ? readableDay(order.wantTime, Date.now()) : readableVisit(order.wantTime, order.visitTime, Date.now()),
        warm: WARM.includes(order.progress),
        can: { rebook: may(ACTION.REBOOK), hide: may(ACTION.HIDE) },
      })
    },
  },

  methods: {
    open() {
      openPage(`/pages/order/order?id=${this.data.order.id}`)
    },

    rebook() {
      openPage(`/pages/order/order?again=${this.data.order.id}`)
    },

    hide() {
      const { id, patient } = this.data.order
      this.triggerEvent('hide', { id, patient })
    },
  },
})
