// The order form's methods from the tap on 提交并付款 to the order's own page, or back to the form.

const orders = require('../../../services/orders')
const drafts = require('../../../services/drafts')
const dialogue = require('../../../services/dialogue')
const { payAndConfirm } = require('../../../services/payment')
const { PAYMENT, ERROR } = require('../../../services/states')
const { firstWrong } = require('./fields')

const sending = {
  /** `wire`: the fields as the server takes them. */
  async sendOrder(wire) {
    let created
    try {
      created = await orders.create(wire, { id: this.data.savedId, price: this.data.chosen.price })
    } catch (failure) {
      return this.afterRefusal(failure)
    }
    // From here on the order exists: the draft has done its work, a further tap pays the same order.
    drafts.clear()
    this.setData({ savedId: created.id })
    const outcome = await payAndConfirm(this, created.payment, created.id)
    if (outcome) this.afterPayment(outcome, created.id)
  },

  /** Nothing was ordered. What the form believed in is put right before anybody taps again. */
  async afterRefusal(failure) {
    if (this.gone) return
    const wrong = failure.complaints()
    const { savedId } = this.data
    if (firstWrong(wrong)) return this.showWrong(wrong)
    if (failure.slug === ERROR.ORDER_ALREADY_PAID) return this.openPaid(savedId)
    if (failure.status === 404 && savedId) return this.startAnew()
    if (failure.slug !== ERROR.PRICE_CHANGED) throw failure
    await this.renew()
    dialogue.say(`价格有变化，请看清后再付款。现在是 ${this.data.chosen.price}。`)
  },

  /** The order is deleted or expired: it is a new one from here on, but not before the user knows. */
  startAnew() {
    this.setData({ savedId: '' })
    drafts.save(this.data.fields)
    dialogue.say('之前的订单已取消或已删除，这次没有付款。再点一次付款，就作为新订单提交。')
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
    if (outcome === PAYMENT.PAID || outcome === PAYMENT.UNCONFIRMED) {
      wx.redirectTo({ url: `/pages/order/order?id=${id}&paid=${outcome}` })
    } else if (outcome === PAYMENT.CANCELLED) {
      dialogue.say('您取消了付款。订单已保留，可以再次点击付款。')
    } else {
      dialogue.say('付款没有成功。订单已保留，可以再次点击付款。')
    }
  },
}

module.exports = { sending }
