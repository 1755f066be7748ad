const typed = require('../../services/typed')
const { REQUEST } = require('../../services/states')
const { toFen, fromFen } = require('../../utils/money')

const OTHER = '其他原因'
const REASONS = {
  [REQUEST.CANCEL]: ['行程有变', '身体原因', '医院停诊', '选错了服务', OTHER],
  [REQUEST.MONEY_BACK]: ['服务没有做完', '对服务不满意', '多付了钱', OTHER],
}
const TITLES = { [REQUEST.CANCEL]: '取消订单', [REQUEST.MONEY_BACK]: '仅退款' }

/** Asks why; for 取消订单 shows how much comes back, for 仅退款 asks how much. Sends `send` with {reason, amount}. */
Component({
  properties: {
    visible: Boolean,
    kind: { type: String, value: REQUEST.CANCEL },
    /** {amount, percent, rule, remaining} as the server gives it. */
    refund: Object,
    sending: Boolean,
    /** Is it the money of a supplement (补款) of the order? */
    supplement: Boolean,
    /** What is typed is kept for this order. */
    orderId: null,
  },

  data: { cancels: true, title: TITLES[REQUEST.CANCEL], reasons: REASONS[REQUEST.CANCEL], reason: '', detail: '', sum: '', wrong: '' },

  observers: {
    kind(kind) {
      if (TITLES[kind]) this.setData({ cancels: kind === REQUEST.CANCEL, title: TITLES[kind], reasons: REASONS[kind], reason: '', wrong: '' })
    },

    'kind, orderId': function takeTyped(kind, orderId) {
      if (orderId && TITLES[kind]) this.setData({ reason: '', detail: '', sum: '', ...typed.read(`${kind} ${orderId}`) })
    },
  },

  methods: {
    /** Leaving the page by accident loses nothing: services/typed.js. */
    change(changes) {
      this.setData({ ...changes, wrong: '' })
      const { kind, orderId, reason, detail, sum } = this.data
      if (orderId) typed.keep(`${kind} ${orderId}`, { reason, detail, sum })
    },

    choose(event) {
      this.change({ reason: event.currentTarget.dataset.reason })
    },

    onType(event) {
      this.change({ detail: event.detail.value })
    },

    onSum(event) {
      this.change({ sum: event.detail.value })
    },

    close() {
      this.triggerEvent('close')
    },

    send() {
      const { reason, detail, cancels, refund } = this.data
      const said = detail.trim()
      const amount = cancels ? refund.amount : this.wanted()
      if (!amount) return undefined
      if (!reason) return this.setData({ wrong: '请选择原因' })
      if (reason === OTHER && !said) return this.setData({ wrong: '请写一下原因' })
      return this.triggerEvent('send', { reason: said ? `${reason}：${said}` : reason, amount })
    },

    /** The amount that was typed, as it is written on the wire; '' (and a complaint) when it is none. */
    wanted() {
      const fen = toFen(this.data.sum)
      const most = toFen(this.data.refund.remaining)
      if (fen > 0 && fen <= most) return fromFen(fen)
      const complaint = fen > most ? `最多可以申请 ${this.data.refund.remaining}` : '请填写希望退多少钱，例如 50'
      this.setData({ wrong: complaint })
      return ''
    },
  },
})
