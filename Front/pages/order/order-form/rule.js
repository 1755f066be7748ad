// The order form's methods about the refund rule of the chosen day, which is read before paying.

const orders = require('../../../services/orders')

const refundRule = {
  /** Asks for the rule of the chosen day; an answer for a day that is no longer chosen is dropped. */
  async loadRule() {
    const day = this.data.fields.wantTime
    if (!day) return this.setData({ rule: null, ruleFailure: '', ruleLoading: false })
    if (day !== this.ruleDay) this.setData({ rule: null })
    this.ruleDay = day
    this.setData({ ruleFailure: '', ruleLoading: true })
    try {
      const rule = await orders.refundRule(day)
      if (!this.gone && this.data.fields.wantTime === day) this.setData({ rule, ruleLoading: false })
    } catch (failure) {
      if (!this.gone && this.data.fields.wantTime === day) this.setData({ ruleFailure: failure.message, ruleLoading: false })
    }
    return undefined
  },
}

module.exports = { refundRule }
