const { session } = require('../../services/server')
const orders = require('../../services/orders')
const { PAGE } = require('../../services/states')
const { readableVisit, readableMoment } = require('../../utils/dates')
const { openPage } = require('../../utils/go')

const present = (order) => order && { ...order, when: readableVisit(order.wantTime, order.visitTime, Date.now()) }

/** The oldest supplement that waits for the user's payment, and how many more do; null without any. */
const summed = ([first, ...others]) => first && { ...first, more: others.length }

/** The next visit of the user, the order and the supplement that wait for payment. Without either it takes no room. */
Component({
  data: { state: PAGE.LOADING, order: null, unpaid: null, until: '', supplement: null },

  lifetimes: {
    attached() {
      this.look()
    },
    detached() {
      this.gone = true
    },
  },

  methods: {
    /** What is known stays on the screen while it is asked again, and when that fails. The page calls it when it is shown. */
    async look() {
      const turn = (this.turn = (this.turn || 0) + 1)
      const late = () => this.gone || turn !== this.turn
      try {
        const { order, unpaid, supplements } = await orders.nextVisit()
        if (late()) return
        const until = unpaid && unpaid.expiresTime ? readableMoment(unpaid.expiresTime, Date.now()) : ''
        this.setData({ state: PAGE.CONTENT, order: present(order), unpaid: present(unpaid), until, supplement: summed(supplements) })
      } catch (failure) {
        // Who has never logged in has no visit to miss.
        if (!late() && this.data.state !== PAGE.CONTENT && session.known()) this.setData({ state: PAGE.FAILED })
      }
    },

    open(event) {
      openPage(`/pages/order/order?id=${event.currentTarget.dataset.id}`)
    },
  },
})
