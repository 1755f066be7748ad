// The order form's methods about the refund rule of the chosen day, which is read before paying.

const orders = require('../../../services/orders')
const { LATER } = require('./fields')

const refundRule = {
  /** Asks for the rule of the chosen day and time; an answer for another day or time is dropped. */
  async loadRule() {
    const { wantTime: day, visitTime } = this.data.fields
    if (!day) return this.setData({ rule: null, ruleFailure: '', ruleLoading: false })
    const time = visitTime === LATER ? '' : visitTime
    const wanted = `${day} ${time}`
    if (wanted !== this.ruleOf) this.setData({ rule: null })
    this.ruleOf = wanted
    this.setData({ ruleFailure: '', ruleLoading: true })
    try {
      const rule = await orders.refundRule(day, time)
      if (!this.gone && this.ruleOf === wanted) this.setData({ rule, ruleLoading: false })
    } catch (failure) {
      if (!this.gone && this.ruleOf === wanted) this.setData({ ruleFailure: failure.message, ruleLoading: false })
    }
    return undefined
  },
}

module.exports = { refundRule }
