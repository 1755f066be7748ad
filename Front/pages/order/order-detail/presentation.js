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
const REFUND_ASKED = { icon: '/images/refund.svg', text: '退款申请已提交，等待客服审核，结果会在这里显示。' }

/** The detail's data for one answer of the server. `now` in ms since the epoch. */
function presentOrder({ order, timeline, actions, refund, refunds }, now) {
  const may = (action) => actions.includes(action)
  return {
    order,
    explanation: explanationOf(order, refunds),
    facts: factsOf(order, now),
    timeline: timeline.map(numbered),
    refund,
    refunds: refunds.map(numbered),
    can: { pay: may(ACTION.PAY), edit: may(ACTION.EDIT), remove: may(ACTION.DELETE), refund: may(ACTION.REFUND) && !!refund, rate: may(ACTION.RATE) },
  }
}

/** The server gives the newest refund first. */
function explanationOf({ progress, reason }, [newest]) {
  if (progress === PROGRESS.CANCELLED) return { icon: '/images/info.svg', text: reason || '订单已取消。' }
  if (progress === PROGRESS.REFUNDING && newest && newest.state === REFUND.REQUESTED) return REFUND_ASKED
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
    { name: '订单号', value: String(order.id) },
  ].filter((fact) => fact.value && (fact.value !== '￥0' || fact.name === '价格'))
}

module.exports = { presentOrder }
