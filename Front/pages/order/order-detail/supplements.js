// The order page's methods about supplements (补款): paying one, disputing it, asking for its money.

const dialogue = require('../../../services/dialogue')
const messages = require('../../../services/messages')
const supplements = require('../../../services/supplements')
const typed = require('../../../services/typed')
const { payAtCashier, untilSettled } = require('../../../services/payment')
const { PAYMENT } = require('../../../services/states')
const { fromFen, toFen } = require('../../../utils/money')

const SUPPLEMENT_SHEET = { DISPUTE: 'dispute', REFUND: 'supplement_refund' }

const supplementActs = {
  paySupplement(event) {
    const { id } = event.detail
    if (this.data.confirmingSupplement || this.sending) return undefined
    this.setData({ payingSupplement: id })
    return this.send('paying', async () => {
      await messages.askInTap(this)
      if (this.gone) return
      const { payment } = await supplements.pay(id)
      const outcome = await payAtCashier(this, payment, this.data.order.id, (answer) => supplements.isSettled(answer, id))
      if (outcome === PAYMENT.CANCELLED) dialogue.say('您取消了付款，可以再次点击支付。')
      else if (outcome === PAYMENT.FAILED) dialogue.say('付款没有成功，可以再次点击支付。')
      else if (outcome) this.confirmSupplement(id) // not waited for: nothing holds the screen
    }).then(() => {
      if (!this.gone) this.setData({ payingSupplement: 0 })
    })
  },

  /** Asks until the server knows of the payment. The page can be used and left meanwhile. */
  async confirmSupplement(id) {
    const settled = () => supplements.isSettled({ supplements: this.data.supplements }, id)
    const look = async () => {
      await this.load()
      return settled()
    }
    const late = () => {
      this.setData({ confirmingSupplement: 0 })
      dialogue.say('付款结果还在确认。如果已经付款，请不要重复支付，稍后打开这笔订单就能看到结果。')
    }
    this.setData({ confirmingSupplement: id })
    const done = settled() || (await untilSettled(this, look, late))
    if (this.gone) return
    this.setData({ confirmingSupplement: 0 })
    const found = this.data.supplements.find((one) => one.id === id)
    if (done && found && found.state === supplements.SUPPLEMENT.PAID) dialogue.say('补款已支付，谢谢')
  },

  openDispute(event) {
    this.setData({ sheet: SUPPLEMENT_SHEET.DISPUTE, supplement: this.supplementOf(event) })
  },

  openSupplementRefund(event) {
    const found = this.supplementOf(event)
    const left = fromFen(toFen(found.amount) - (toFen(found.refunded) || 0))
    this.setData({ sheet: SUPPLEMENT_SHEET.REFUND, supplement: { ...found, refundable: { amount: left, remaining: left } } })
  },

  supplementOf(event) {
    return this.data.supplements.find((one) => one.id === event.detail.id)
  },

  sendDispute(event) {
    return this.send('sendingSheet', async () => {
      const { id } = this.data.supplement
      const answer = await supplements.dispute(id, event.detail.reason)
      typed.forget(`dispute ${id}`)
      this.closeSheet()
      dialogue.say(answer.msg || '已收到，客服会尽快联系您')
    })
  },

  sendSupplementRefund(event) {
    return this.send('sendingSheet', async () => {
      const { id } = this.data.supplement
      const { reason, amount } = event.detail
      const answer = await supplements.askRefund(id, reason, amount)
      typed.forget(`money_back 补款${id}`)
      this.closeSheet()
      dialogue.say(answer.msg || '申请已提交')
    })
  },

  async withdrawSupplementRefund(event) {
    const { id } = event.detail
    const sure = await dialogue.ask({ title: '撤回申请', content: '撤回后不再退这笔补款的钱。确定撤回吗？', confirmText: '撤回' })
    if (!sure) return
    await this.send('withdrawing', async () => {
      const answer = await supplements.withdrawRefund(id)
      dialogue.say(answer.msg || '申请已撤回')
    })
  },
}

module.exports = { supplementActs }
