const loading = require('../../../behaviors/loading')
const orders = require('../../../services/orders')
const dialogue = require('../../../services/dialogue')
const messages = require('../../../services/messages')
const { isPaid, payAtCashier, untilSettled } = require('../../../services/payment')
const { PAGE, PAYMENT, PROGRESS, REQUEST, ERROR, DAY_REFUSED } = require('../../../services/states')
const { sendOnce } = require('../../../utils/send-once')
const { acts, SHEET } = require('./acts')
const { confirmationActs } = require('./confirmations')
const { supplementActs } = require('./supplements')
const { presentOrder } = require('./presentation')

/** Why there is no order to show. Who took it off their list knows it once existed; a stranger learns nothing. */
const MISSING = {
  REMOVED: { title: '您已把这笔订单从列表移除', hint: '如果付过款，记录仍然保留，有疑问请打电话给客服' },
  UNKNOWN: { title: '没有找到这笔订单', hint: '可能是用别的微信下的单，也可能家人停止了共享' },
}

/**
 * An order: where patient and escort meet, what can be done now, what has happened, facts, money. What can be done is exactly
 * what the server allows.
 */
Component({
  behaviors: [loading],

  /** `number`: of a payment, where the order is not known by its id. */
  properties: { orderId: String, number: String, justPaid: String },

  data: {
    missing: MISSING.UNKNOWN,
    order: null,
    owner: true,
    stage: '',
    explanation: { icon: '', text: '' },
    meeting: null,
    expires: '',
    facts: [],
    sums: [],
    changes: null,
    consent: null,
    /** Is the page looked at? Then the visit is followed. */
    active: false,
    promised: '',
    promising: false,
    timeline: [],
    refund: null,
    rule: null,
    refunds: [],
    supplements: [],
    /** Payments of the reader that WeChat waits for them to confirm. */
    confirmations: [],
    confirmingService: false,
    /** The one that a sheet is about. */
    supplement: null,
    payingSupplement: 0,
    confirmingSupplement: 0,
    pays: false,
    /** What the sheet asks for; it stays while the sheet goes down. */
    request: REQUEST.CANCEL,
    withdrawing: false,
    can: {},
    stars: [1, 2, 3, 4, 5],
    sheet: SHEET.NONE,
    thanks: false,
    confirmed: false,
    /** WeChat said that the payment succeeded, and the server is being asked. */
    confirming: false,
    paying: false,
    hiding: false,
    deleting: false,
    sendingSheet: false,
  },

  lifetimes: {
    attached() {
      this.setData({ active: true })
      const shown = this.reload()
      if (this.data.justPaid) shown.then(() => this.confirmPayment())
    },
  },

  methods: {
    /** An order that the user took off the list, or never had, is not found: trying again would not help. */
    async load() {
      const answer = await this.read().catch((failure) => {
        if (failure.status !== 404) throw failure
        this.setData({ missing: failure.slug === ERROR.ORDER_REMOVED ? MISSING.REMOVED : MISSING.UNKNOWN })
        return null
      })
      if (this.gone) return
      if (answer) this.setData({ state: PAGE.CONTENT, failure: '', ...presentOrder(answer, Date.now()) })
      else this.setData({ state: PAGE.EMPTY, failure: '', sheet: SHEET.NONE })
    },

    async read() {
      if (!this.data.orderId && this.data.number) this.setData({ orderId: String(await orders.find(this.data.number)) })
      return orders.detail(this.data.orderId)
    },

    /** Coming back to the page shows the order as it is now; a failure leaves what is there. */
    onPageShow() {
      this.setData({ active: true })
      if (this.data.state === PAGE.CONTENT && !this.sending) this.load().catch(() => {})
    },

    onPageHide() {
      this.setData({ active: false })
    },

    /** Pulled down. */
    async refresh() {
      if (this.data.state !== PAGE.CONTENT) return this.reload()
      const story = this.selectComponent && this.selectComponent('#story')
      if (story) story.look()
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

    /** Asks until the server knows of the payment. The page can be used and left meanwhile. */
    async confirmPayment() {
      if (this.gone || this.data.confirming) return
      if (this.settled()) return this.thank()
      this.setData({ confirming: true })
      const look = async () => {
        await this.load()
        return this.settled()
      }
      const late = () => this.setData({ confirming: false, thanks: true, confirmed: false })
      const settled = await untilSettled(this, look, late)
      if (this.gone) return
      this.setData({ confirming: false })
      if (settled) this.thank()
    },

    /** Is the order not unpaid any more, as the server says? */
    settled() {
      const { state, order } = this.data
      return state === PAGE.EMPTY || (state === PAGE.CONTENT && order.progress !== PROGRESS.UNPAID)
    },

    thank() {
      const paid = this.data.state === PAGE.CONTENT && isPaid(this.data.order)
      this.setData({ thanks: paid, confirmed: paid })
    },

    openOrders() {
      wx.redirectTo({ url: '/pages/orders/orders' })
    },

    closeThanks() {
      this.setData({ thanks: false })
      if (!this.data.confirmed) this.refresh()
      else this.onConsent({ detail: this.data.consent })
    },

    callUs() {
      this.closeThanks()
      dialogue.call()
    },

    pay() {
      return this.send('paying', async () => {
        await messages.askInTap(this)
        if (this.gone) return
        const answer = await orders.pay(this.data.order.id).catch((failure) => this.refusedPayment(failure))
        if (!answer) return true
        const { id, payment } = answer
        const outcome = await payAtCashier(this, payment, id)
        if (outcome === PAYMENT.CANCELLED) dialogue.say('您取消了付款，可以再次点击付款。')
        else if (outcome === PAYMENT.FAILED) dialogue.say('付款没有成功，可以再次点击付款。')
        else if (outcome) this.confirmPayment() // not waited for: nothing holds the screen
        return false
      })
    },

    /** The day was taken meanwhile: the way to another one is offered to who may change the order. */
    async refusedPayment(failure) {
      if (this.gone || !this.data.can.edit || !DAY_REFUSED.test(failure.slug)) throw failure
      const change = await dialogue.ask({ title: '还没有付款', content: failure.message, confirmText: '换一天', cancelText: '先不换' })
      if (change) this.editDay()
      return null
    },

    ...acts,
    ...supplementActs,
    ...confirmationActs,
  },
})
