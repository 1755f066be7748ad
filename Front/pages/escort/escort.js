const { definePage } = require('../define-page')
const escorts = require('../../services/escorts')
const { readableDay } = require('../../utils/dates')
const { openPage } = require('../../utils/go')

/** ?id=: an escort who agreed to be shown. */
Page(definePage({
  data: { escort: null, verified: '' },

  async load({ id }) {
    try {
      const escort = await escorts.one(id)
      this.setTitle(escort.name)
      return { escort, verified: readableDay(escort.verifiedOn, Date.now()) }
    } catch (failure) {
      if (failure.status === 404) return { empty: true }
      throw failure
    }
  },

  book() {
    openPage(`/pages/order/order?escortId=${this.data.escort.id}`)
  },

  list() {
    wx.redirectTo({ url: '/pages/escorts/escorts' })
  },

  onShareAppMessage() {
    const { escort } = this.data
    return { title: escort ? `陪诊员${escort.name}` : '陪诊员', path: `/pages/escort/escort?id=${this.query.id}` }
  },
}))
