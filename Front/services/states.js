// Every state this program tells apart, as named constants. The words are the server's; they change nowhere else.

/** What a page that loads is doing. */
const PAGE = { LOADING: 'loading', CONTENT: 'content', EMPTY: 'empty', FAILED: 'failed' }

/** An order's progress, as the server writes it and people read it. */
const PROGRESS = {
  UNPAID: '待付款',
  PAID: '已付款',
  SERVING: '在服务',
  FINISHED: '已完成',
  REFUNDING: '退款中',
  REFUNDED: '已退款',
  CANCELLED: '已取消',
}

/** The tabs of 我的订单 and which progress each of them shows (null: all). */
const ORDER_TABS = [
  { name: '全部', progress: null },
  { name: PROGRESS.UNPAID, progress: [PROGRESS.UNPAID] },
  { name: PROGRESS.PAID, progress: [PROGRESS.PAID] },
  { name: PROGRESS.SERVING, progress: [PROGRESS.SERVING] },
  { name: PROGRESS.FINISHED, progress: [PROGRESS.FINISHED] },
  { name: '退款', progress: [PROGRESS.REFUNDING, PROGRESS.REFUNDED] },
  { name: '家人的', shared: true, progress: null },
]

/** What the server allows on an order now. */
const ACTION = { PAY: 'pay', EDIT: 'edit', DELETE: 'delete', CANCEL: 'cancel', MONEY_BACK: 'money_back', WITHDRAW: 'withdraw', RATE: 'rate', REBOOK: 'rebook', HIDE: 'hide' }

/** What a user may ask for after paying: that the service is not wanted, or money alone. */
const REQUEST = { CANCEL: 'cancel', MONEY_BACK: 'money_back' }

/** An escort's application. */
const ESCORT = { PENDING: '待联系', APPROVED: '已通过', REJECTED: '已拒绝', SUSPENDED: '已停用' }

/** A refund that was asked for and not decided yet, one on its way, one that has arrived. */
const REFUND = { REQUESTED: '待审核', MOVING: '退款中', DONE: '已退款' }

/** Where an order is, by the calendar. An older server has no stages: then the progress is shown. */
const STAGE = { UNASSIGNED: '待安排', ASSIGNED: '已安排', TODAY: '今天就诊', UNDER_WAY: '服务中', FINISHED: '已完成' }

/** How much of an escort's day a service takes. */
const TAKES = { DAY: 'day', HALF: 'half', ERRAND: 'errand' }

/** What a user is to an order. */
const ROLE = { OWNER: 'owner', FAMILY: 'family', PAYER: 'payer' }

/** The outcome of WeChat's sheet: paid, as WeChat says; paid, as the server says; not paid. */
const PAYMENT = { SENT: 'sent', PAID: 'paid', CANCELLED: 'cancelled', FAILED: 'failed' }

/** Failures: the first ones are found on the phone, the others are the server's slugs. */
const ERROR = {
  OFFLINE: 'offline',
  TIMEOUT: 'timeout',
  UNREADABLE: 'unreadable_answer',
  LOGIN_UNAVAILABLE: 'login_unavailable',
  SESSION_REFUSED: 'session_refused',
  REFUND_AMOUNT_CHANGED: 'refund_amount_changed',
  PRICE_CHANGED: 'price_changed',
  ORDER_ALREADY_PAID: 'order_already_paid',
  PATIENT_HAS_UNPAID_ORDER: 'patient_has_unpaid_order',
  ORDER_REMOVED: 'order_removed',
  ACTION_REUSED: 'action_reused',
  INVOICE_REQUESTED: 'invoice_already_requested',
  NO_SUCH_ORDER: 'order_not_found',
  PHONE_NUMBER_OFF: 'phone_number_off',
}

/** Refusals: the day, or its half, was taken or blocked meanwhile. */
const DAY_REFUSED = /^(day_blocked|day_full|same_day_over|half_day_over)$/

module.exports = { DAY_REFUSED, PAGE, PROGRESS, ORDER_TABS, ACTION, REQUEST, ESCORT, REFUND, PAYMENT, STAGE, TAKES, ROLE, ERROR }
