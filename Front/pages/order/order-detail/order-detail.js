const orders = require('../../../services/orders')
const dialogue = require('../../../services/dialogue')
const messages = require('../../../services/messages')
const { payAndConfirm, stopWaiting } = require('../../../services/payment')
const { session } = require('../../../services/server')
const { PAGE, PAYMENT, REQUEST, ERROR } = require('../../../services/states')
const { sendOnce } = require('../../../utils/send-once')
const { presentOrder } = require('./presentation')

const SHEET = { NONE: '', CANCEL: REQUEST.CANCEL, MONEY_BACK: REQUEST.MONEY_BACK, RATE: 'rate' }

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
    rule: null,
    refunds: [],
    /** What the sheet asks for; it stays while the sheet goes down. */
    request: REQUEST.CANCEL,
    withdrawing: false,
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
      stopWaiting(this)
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

    /** An order that was deleted or has expired is not found any more: trying again would not help. */
    async load() {
      const answer = await orders.detail(this.data.orderId).catch((failure) => {
        if (failure.status !== 404) throw failure
        return null
      })
      if (this.gone) return
      if (answer) this.setData({ state: PAGE.CONTENT, failure: '', ...presentOrder(answer, Date.now()) })
      else this.setData({ state: PAGE.EMPTY, failure: '', sheet: SHEET.NONE })
    },

    /** Coming back to the page shows the order as it is now; a failure leaves what is there. */
    onPageShow() {
      if (this.data.state === PAGE.CONTENT && !this.sending) this.load().catch(() => {})
    },

    /** Pulled down. */
    async refresh() {
      if (this.data.state !== PAGE.CONTENT) return this.reload()
      await this.load().catch((failure) => dialogue.say(failure.message))
    },

    /**
     * Sends, once at a time. Whatever comes of it, the order is then shown as it is now: after a refusal above all,
     * because what was on the screen allowed what the server does not.
     * @param {() => Promise<boolean|void>} work  resolves with true when the page is being left
     */
    send(flag, work) {
      return sendOnce(this, flag, async () => {
        let refused = null
        const leaving = await work().catch((failure) => {
          refused = failure
          dialogue.say(failure.message)
        })
        if (leaving || this.gone) return
        await this.load().catch((failure) => {
          if (!refused && !this.data.thanks) throw failure
        })
      })
    },

    openOrders() {
      wx.redirectTo({ url: '/pages/orders/orders' })
    },

    closeThanks() {
      this.setData({ thanks: false })
      if (!this.data.confirmed) this.refresh()
    },

    callUs() {
      this.closeThanks()
      dialogue.call()
    },

    callEscort() {
      dialogue.call(this.data.order.escort.phone)
    },

    pay() {
      return this.send('paying', async () => {
        await messages.askInTap(this)
        if (this.gone) return
        const { id, payment } = await orders.pay(this.data.order.id)
        const outcome = await payAndConfirm(this, payment, id)
        if (outcome === PAYMENT.CANCELLED) dialogue.say('您取消了付款，可以再次点击付款。')
        else if (outcome === PAYMENT.FAILED) dialogue.say('付款没有成功，可以再次点击付款。')
        else if (outcome) this.setData({ thanks: true, confirmed: outcome === PAYMENT.PAID })
      })
    },

    edit() {
      wx.redirectTo({ url: `/pages/order/order?id=${this.data.order.id}&edit=1` })
    },

    async remove() {
      const sure = await dialogue.ask({ title: '删除订单', content: '删除后不能恢复，确定删除这笔还没付款的订单吗？', confirmText: '删除' })
      if (!sure) return
      await this.send('deleting', async () => {
        await orders.remove(this.data.order.id)
        dialogue.say('已删除', 'success')
        if (getCurrentPages().length > 1) wx.navigateBack()
        else this.openOrders()
        return true
      })
    },

    openSheet(event) {
      const { sheet } = event.currentTarget.dataset
      this.setData({ sheet, request: sheet === SHEET.RATE ? this.data.request : sheet })
    },

    closeSheet() {
      this.setData({ sheet: SHEET.NONE })
    },

    sendRequest(event) {
      return this.send('sendingSheet', async () => {
        const { order, request } = this.data
        const { reason, amount } = event.detail
        try {
          const answer = await orders.request(order.id, request, reason, amount)
          this.closeSheet()
          dialogue.say(answer.msg || '申请已提交')
        } catch (failure) {
          if (failure.slug !== ERROR.REFUND_AMOUNT_CHANGED) throw failure
          dialogue.say('可退金额有变化，请看清新的金额后再提交。')
        }
      })
    },

    async withdraw() {
      const sure = await dialogue.ask({ title: '撤回申请', content: '撤回后订单回到原来的状态，服务照常。确定撤回吗？', confirmText: '撤回' })
      if (!sure) return
      await this.send('withdrawing', async () => {
        const answer = await orders.withdraw(this.data.order.id)
        dialogue.say(answer.msg || '申请已撤回')
      })
    },

    sendRating(event) {
      return this.send('sendingSheet', async () => {
        await orders.rate(this.data.order.id, event.detail.stars, event.detail.comment)
        this.closeSheet()
        dialogue.say('谢谢评价', 'success')
      })
    },
  },
})
