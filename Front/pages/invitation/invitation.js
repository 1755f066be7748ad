const { definePage } = require('../define-page')
const members = require('../../services/members')
const { ROLE } = require('../../services/states')
const { readableDay, readableMoment } = require('../../utils/dates')

const TELLS = {
  [ROLE.FAMILY]: { may: ['看得到陪诊的进展和报告', '可以给陪诊员和客服打电话'], mayNot: '看不到证件号码和价格。' },
  [ROLE.PAYER]: { may: ['看得到价格，可以替家人付款', '看得到陪诊的进展和报告', '可以给陪诊员和客服打电话'], mayNot: '看不到证件号码。' },
}
const NOTHING = { may: [], mayNot: '' }

/** ?token=: a card that invites to read an order, or all orders of a patient. What it means is read before it is accepted. */
Page(definePage({
  data: { card: null, tells: NOTHING, day: '', until: '', accepting: false },

  async load({ token }) {
    try {
      const card = await members.card(token || '')
      return { card, tells: TELLS[card.role] || NOTHING, day: readableDay(card.day, Date.now()), until: readableMoment(card.expiresTime, Date.now()) }
    } catch (failure) {
      if (failure.status === 404 || failure.status === 400) return { empty: true }
      throw failure
    }
  },

  accept() {
    return this.sendOnce('accepting', async () => {
      const { orderId } = await members.accept(this.query.token)
      this.go(orderId)
    })
  },

  openOrder() {
    this.go(this.data.card.orderId)
  },

  /** In the place of the invitation: on the way back it has done its work. */
  go(orderId) {
    wx.redirectTo({ url: orderId ? `/pages/order/order?id=${orderId}` : `/pages/orders/orders?tab=${encodeURIComponent('家人的')}` })
  },

  home() {
    wx.switchTab({ url: '/pages/home/home' })
  },
}))
