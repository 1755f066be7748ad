// The order form's methods from the tap on 提交并付款 to the order's own page, or back to the form.

const orders = require('../../../services/orders')
const drafts = require('../../../services/drafts')
const dialogue = require('../../../services/dialogue')
const { payAtCashier } = require('../../../services/payment')
const { PAYMENT, ERROR, DAY_REFUSED } = require('../../../services/states')
const { firstWrong } = require('./fields')

const sending = {
  /** `wire`: the fields as the server takes them. */
  async sendOrder(wire) {
    const { savedId } = this.data
    const theirs = savedId ? null : this.unpaidOf(wire.friendid, savedId)
    const changed = savedId || (theirs ? theirs.id : '')
    let created
    try {
      created = await orders.create(wire, { id: changed, price: this.data.chosen.price })
    } catch (failure) {
      return this.afterRefusal(failure, changed)
    }
    // From here on the order exists: the draft has done its work, a further tap pays the same order.
    drafts.clearOf(this.form(savedId))
    drafts.clearOf(created.id)
    this.setData({ savedId: created.id, ...this.describe(this.data.fields, created.id) })
    const outcome = await payAtCashier(this, created.payment, created.id)
    if (outcome) this.afterPayment(outcome, created.id)
  },

  /** Nothing was ordered. What the form believed in (`changed`: an unpaid order) is put right before the next tap. */
  async afterRefusal(failure, changed) {
    if (this.gone) return
    const wrong = failure.complaints()
    if (firstWrong(wrong)) return this.showWrong(wrong)
    if (failure.slug === ERROR.ORDER_ALREADY_PAID) return this.openPaid(changed)
    if (failure.slug === ERROR.PATIENT_HAS_UNPAID_ORDER) return this.findUnpaid(failure)
    if (failure.status === 404 && changed) return this.asNewOrder(changed)
    if (DAY_REFUSED.test(failure.slug)) return this.dayRefused(failure)
    if ([ERROR.OFFLINE, ERROR.TIMEOUT].includes(failure.slug)) return dialogue.say(`${failure.message}。这次没有付款，填好的内容都在。`)
    if (failure.slug !== ERROR.PRICE_CHANGED) throw failure
    await this.renew()
    dialogue.say(`价格有变化，请看清后再付款。现在是 ${this.data.chosen.price}。`)
  },

  /** Another day has to be chosen: which ones are free now, is asked again. */
  async dayRefused(failure) {
    this.showWrong({ [failure.slug === 'half_day_over' ? 'visitTime' : 'wantTime']: failure.message })
    await this.loadDays()
  },

  /** The order is deleted or expired: it is a new one from here on, but not before the user knows. */
  asNewOrder(id) {
    this.setData({ savedId: '' })
    this.forgetUnpaid(id)
    drafts.save(this.data.fields, this.form(''), this.data.step)
    dialogue.say('之前的订单已过期或已取消，这次没有付款。填好的内容都在，再点一次付款就作为新订单提交。')
  },

  openPaid(id) {
    if (id) return this.openOrder(id, '这笔订单已经付过款了，这次没有重复扣款。')
    // The user's own, from another phone: which one it is, the list says.
    dialogue.say('您之前的一笔订单已经付款，请先看一看。这次没有下单，也没有扣款。')
    wx.redirectTo({ url: '/pages/orders/orders' })
  },

  /** The order is not to be changed any more: its own page says how it stands. */
  openOrder(id, sentence = '这笔订单现在不能修改，请看它的最新状态。') {
    drafts.clearOf(id)
    dialogue.say(sentence)
    wx.redirectTo({ url: `/pages/order/order?id=${id}` })
  },

  afterPayment(outcome, id) {
    if (outcome === PAYMENT.PAID || outcome === PAYMENT.SENT) {
      wx.redirectTo({ url: `/pages/order/order?id=${id}&paid=1` }) // that page asks the server
    } else if (outcome === PAYMENT.CANCELLED) {
      dialogue.say('您取消了付款。订单已保留，可以再次点击付款。')
    } else {
      dialogue.say('付款没有成功。订单已保留，可以再次点击付款。')
    }
  },
}

module.exports = { sending }
