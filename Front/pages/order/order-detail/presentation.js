// What an order's state means to the person who reads it.

const { PROGRESS, ACTION, REFUND } = require('../../../services/states')
const { readableDay } = require('../../../utils/dates')

const EXPLANATIONS = {
  [PROGRESS.UNPAID]: { icon: '/images/wallet.svg', text: '付款后我们会尽快联系您，确认碰面的时间和地点。' },
  [PROGRESS.PAID]: { icon: '/images/paid.svg', text: '请等待客服联系或主动联系客服，我们正在为您安排陪诊员。' },
  [PROGRESS.SERVING]: { icon: '/images/serving.svg', text: '已安排陪诊员，就诊当天请保持电话畅通。' },
  [PROGRESS.FINISHED]: { icon: '/images/done.svg', text: '服务已完成，祝您早日康复。' },
  [PROGRESS.REFUNDING]: { icon: '/images/refund.svg', text: '退款正在处理，钱会原路退回您的付款账户。' },
  [PROGRESS.REFUNDED]: { icon: '/images/refund.svg', text: '退款已完成，钱已原路退回您的付款账户。' },
}

/** Nobody has agreed yet, so nothing is promised. */
const askedFor = ({ kind, amount }) => ({
  icon: '/images/refund.svg',
  text: `${kind || '退款'}的申请已提交（${amount || '￥0'}），等待客服审核，结果会在这里显示。`,
})

/** A cancelled order says where its money is. */
const CANCELLED = {
  [REFUND.MOVING]: (amount) => `订单已取消，${amount} 正在原路退回您的付款账户。`,
  [REFUND.DONE]: (amount) => `订单已取消，${amount} 已原路退回您的付款账户。`,
}

/** The detail's data for one answer of the server. `now` in ms since the epoch. */
function presentOrder({ order, timeline, actions, refund, rule, refunds }, now) {
  const may = (action) => actions.includes(action)
  return {
    order,
    explanation: explanationOf(order, refunds),
    facts: factsOf(order, now),
    timeline: timeline.map(numbered),
    refund,
    rule: rule || null,
    refunds: refunds.map(numbered),
    can: {
      pay: may(ACTION.PAY),
      edit: may(ACTION.EDIT),
      remove: may(ACTION.DELETE),
      cancel: may(ACTION.CANCEL) && !!refund,
      moneyBack: may(ACTION.MONEY_BACK) && !!refund,
      withdraw: may(ACTION.WITHDRAW),
      rate: may(ACTION.RATE),
      rebook: may(ACTION.REBOOK),
      hide: may(ACTION.HIDE),
    },
  }
}

/** The server gives the newest refund first. */
function explanationOf({ progress, paid, reason }, [newest]) {
  if (progress === PROGRESS.REFUNDING && newest && newest.state === REFUND.REQUESTED) return askedFor(newest)
  if (progress === PROGRESS.CANCELLED && paid) {
    const tell = newest && CANCELLED[newest.state]
    return { icon: '/images/refund.svg', text: tell ? tell(newest.amount) : '订单已取消，按规则没有退款。' }
  }
  if (progress === PROGRESS.CANCELLED) return { icon: '/images/info.svg', text: reason || '订单已取消。' }
  return EXPLANATIONS[progress] || { icon: '/images/info.svg', text: '' }
}

/** Two rows may look alike: each gets a key of its own for the list. */
const numbered = (row, key) => ({ ...row, key })

/** The lines of the order's card; what is empty is left out. */
function factsOf(order, now) {
  return [
    { name: '服务', value: order.unit ? `${order.service}（${order.unit}）` : order.service },
    { name: '医院', value: order.hospital },
    { name: '科室', value: order.department },
    { name: '就诊人', value: order.patient },
    { name: '就诊日期', value: readableDay(order.wantTime, now) },
    { name: '特殊要求', value: order.more },
    { name: '价格', value: order.price },
    { name: '下单时间', value: order.madeTime || order.date },
    { name: '付款时间', value: order.paidTime },
    { name: '已付', value: order.paid },
    { name: '已退', value: order.refunded },
    { name: '结束方式', value: order.ending === '已服务' ? '' : order.ending },
    { name: '订单号', value: String(order.id) },
  ].filter((fact) => fact.value && (fact.value !== '￥0' || fact.name === '价格'))
}

module.exports = { presentOrder }
