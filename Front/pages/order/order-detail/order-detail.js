const orders = require('../../../services/orders')
const dialogue = require('../../../services/dialogue')
const { payAndConfirm } = require('../../../services/payment')
const { session } = require('../../../services/server')
const { PAGE, PAYMENT, ERROR } = require('../../../services/states')
const { sendOnce } = require('../../../utils/send-once')
const { presentOrder } = require('./presentation')

const SHEET = { NONE: '', REFUND: 'refund', RATE: 'rate' }

/** An order: its state, its history, and exactly what the server allows to do with it now. */
Component({
  properties: { orderId: String, justPaid: String },

  data: {
    state: PAGE.LOADING,
    failure: '',
    order: null,
    explanation: { icon: '', text: '' },
    facts: [],
    timeline: [],
    refund: null,
    refunds: [],
    can: {},
    stars: [1, 2, 3, 4, 5],
    sheet: SHEET.NONE,
    thanks: false,
    confirmed: false,
    paying: false,
    deleting: false,
    sendingSheet: false,
  },

  lifetimes: {
    attached() {
      this.reload()
      const { justPaid } = this.data
      if (justPaid) this.setData({ thanks: true, confirmed: justPaid === PAYMENT.PAID })
    },
    detached() {
      this.gone = true
    },
  },

  methods: {
    async reload() {
      session.forgetFailure()
      this.setData({ state: PAGE.LOADING, failure: '' })
      try {
        await this.load()
      } catch (failure) {
        if (!this.gone) this.setData({ state: PAGE.FAILED, failure: failure.message })
      }
    },

    async load() {
      const answer = await orders.detail(this.data.orderId)
      if (!this.gone) this.setData({ state: PAGE.CONTENT, failure: '', ...presentOrder(answer, Date.now()) })
    },

    /** Coming back to the page shows the order as it is now; a failure leaves what is there. */
    onPageShow() {
      if (this.data.state === PAGE.CONTENT && !this.sending) this.load().catch(() => {})
    },

    async refresh() {
      await this.load().catch((failure) => dialogue.say(failure.message))
    },

    closeThanks() {
      this.setData({ thanks: false })
    },

    callUs() {
      this.closeThanks()
      dialogue.call()
    },

    callEscort() {
      dialogue.call(this.data.order.escort.phone)
    },

    pay() {
      return sendOnce(this, 'paying', async () => {
        const { id, payment } = await orders.pay(this.data.order.id)
        const outcome = await payAndConfirm(payment, id, () => wx.showLoading({ title: '正在确认付款', mask: true }))
        wx.hideLoading()
        if (this.gone) return
        if (outcome === PAYMENT.CANCELLED) dialogue.say('您取消了付款，可以再次点击付款。')
        else if (outcome === PAYMENT.FAILED) dialogue.say('付款没有成功，可以再次点击付款。')
        else this.setData({ thanks: true, confirmed: outcome === PAYMENT.PAID })
        await this.refresh()
      })
    },

    edit() {
      wx.redirectTo({ url: `/pages/order/order?id=${this.data.order.id}&edit=1` })
    },

    async remove() {
      const sure = await dialogue.ask({ title: '删除订单', content: '删除后不能恢复，确定删除这笔还没付款的订单吗？', confirmText: '删除' })
      if (!sure) return
      await sendOnce(this, 'deleting', async () => {
        await orders.remove(this.data.order.id)
        dialogue.say('已删除', 'success')
        if (getCurrentPages().length > 1) wx.navigateBack()
        else wx.redirectTo({ url: '/pages/orders/orders' })
      })
    },

    openSheet(event) {
      this.setData({ sheet: event.currentTarget.dataset.sheet })
    },

    closeSheet() {
      this.setData({ sheet: SHEET.NONE })
    },

    sendRefund(event) {
      return sendOnce(this, 'sendingSheet', async () => {
        const { order, refund } = this.data
        try {
          const answer = await orders.refund(order.id, event.detail.reason, refund.amount)
          this.closeSheet()
          dialogue.say(answer.msg || '退款申请已提交')
        } catch (failure) {
          if (failure.slug !== ERROR.REFUND_AMOUNT_CHANGED) throw failure
          dialogue.say('可退金额有变化，请看清新的金额后再提交。')
        }
        await this.refresh()
      })
    },

    sendRating(event) {
      return sendOnce(this, 'sendingSheet', async () => {
        await orders.rate(this.data.order.id, event.detail.stars, event.detail.comment)
        this.closeSheet()
        dialogue.say('谢谢评价', 'success')
        await this.refresh()
      })
    },
  },
})
