// What an order's state means to the person who reads it.

const { PROGRESS, STAGE, ACTION, REFUND, ROLE, TAKES } = require('../../../services/states')
const catalog = require('../../../services/catalog')
const confirming = require('../../../services/confirming')
const { opensAgain } = require('../../../services/office')
const { readableDay, readableMoment, readableVisit } = require('../../../utils/dates')
const { APPOINTMENTS, MOBILITIES, HEARINGS, wordOf } = require('../../../texts/visit-words')

const BRING = '身份证、医保卡、以前的病历和检查结果'

/** When the office calls: '会在 30 分钟内', '会在明天上午 8:00 上班后'; '会尽快' where its configuration promises nothing. */
function callsWhen(now) {
  const known = catalog.cached()
  const { callbackMinutes } = known ? known.visits : {}
  if (!callbackMinutes) return '会尽快'
  const opens = opensAgain(now)
  return opens ? `会在${opens} 上班后` : `会在 ${callbackMinutes} 分钟内`
}

/** What follows a payment. The office calls who ordered, whoever of the family has paid or reads this. */
const promise = (owner, now) => `我们${callsWhen(now)}打电话给${owner ? '您' : '下单的家人'}，确认碰面的时间和地点。`

const EXPLANATIONS = {
  [PROGRESS.UNPAID]: { icon: '/images/wallet.svg', text: '付款后才会安排陪诊员。' },
  [PROGRESS.PAID]: { icon: '/images/paid.svg', text: '' },
  [PROGRESS.SERVING]: { icon: '/images/serving.svg', text: '已安排陪诊员，就诊当天请保持电话畅通。' },
  [PROGRESS.FINISHED]: { icon: '/images/done.svg', text: '服务已完成，祝您早日康复。' },
  [PROGRESS.REFUNDING]: { icon: '/images/refund.svg', text: '退款正在处理，钱会原路退回付款账户。' },
  [PROGRESS.REFUNDED]: { icon: '/images/refund.svg', text: '退款已完成，钱已原路退回付款账户。' },
}

const BY_STAGE = {
  [STAGE.TODAY]: '今天就诊，请带好证件，保持电话畅通。',
  [STAGE.UNDER_WAY]: '陪诊员正在服务，进展会随时显示在这里。',
}

/** The office has not agreed yet, so nothing is promised. */
const askedFor = ({ kind, amount }) => ({
  icon: '/images/refund.svg',
  text: `${kind || '退款'}的申请已提交（${amount || '￥0'}），等待客服审核，结果会在这里显示。`,
})

/** A cancelled order says where its money is. */
const CANCELLED = {
  [REFUND.MOVING]: (amount, account) => `订单已取消，${amount} 正在原路退回${account}。`,
  [REFUND.DONE]: (amount, account) => `订单已取消，${amount} 已原路退回${account}。`,
}

/** What was paid to the office, in cash or by transfer, is paid back by the office. */
const BY_HAND = {
  [REFUND.MOVING]: (amount) => `${amount} 由客服线下退还给您，请留意电话。`,
  [REFUND.DONE]: (amount) => `${amount} 已由客服线下退还。`,
}

/** What this WeChat can open its component for. */
const confirmable = (confirmations) => (confirming.possible() && confirmations) || []

/** The detail's data for one answer of the server. `now` in ms since the epoch. */
function presentOrder({ order, timeline, actions, refund, rule, refunds, supplements = [], confirmations }, now) {
  const may = (action) => actions.includes(action)
  const role = order.role || ROLE.OWNER
  const owner = role === ROLE.OWNER
  return {
    order,
    owner,
    pays: role !== ROLE.FAMILY,
    supplements,
    confirmations: confirmable(confirmations),
    stage: order.stage || order.progress,
    explanation: explanationOf(order, refunds, now),
    promised: promise(owner, now),
    meeting: meetingOf(order, now),
    expires: readableMoment(order.expiresTime, now),
    facts: factsOf(order),
    sums: sumsOf(order, now),
    timeline: timeline.map((row, key) => ({ ...row, key, time: readableMoment(row.time, now) })),
    refund,
    rule: rule || null,
    refunds: refunds.map((row, key) => ({ ...row, key, time: readableMoment(row.time, now) })),
    changes: changesOf(order, now),
    can: {
      pay: may(ACTION.PAY),
      edit: may(ACTION.EDIT),
      remove: may(ACTION.DELETE),
      cancel: may(ACTION.CANCEL) && !!refund,
      moneyBack: may(ACTION.MONEY_BACK) && !!refund,
      withdraw: may(ACTION.WITHDRAW),
      rate: may(ACTION.RATE),
      rebook: may(ACTION.REBOOK),
      again: owner && order.progress === PROGRESS.FINISHED,
      complain: (owner || order.role === 'payer') && !!order.paidTime,
      invoice: owner && !!order.paidTime && [PROGRESS.FINISHED, PROGRESS.CANCELLED, PROGRESS.REFUNDED].includes(order.progress),
      hide: may(ACTION.HIDE),
      move: !!order.changes,
      promise: !!order.reminderAsks && !order.userConfirmed,
      promised: !!order.userConfirmed && order.progress === PROGRESS.SERVING && order.stage !== STAGE.UNDER_WAY,
      follow: !!order.paidTime,
      share: owner && ![PROGRESS.CANCELLED, PROGRESS.REFUNDED].includes(order.progress),
      leave: !owner,
    },
  }
}

/** What the server says of an order for whose end nobody gave a reason. */
const UNEXPLAINED = '订单已取消'

/** A paid order that was cancelled: where its money is. */
function cancelledText({ paidBy, reason }, newest) {
  if (newest && newest.byHand && BY_HAND[newest.state]) return `订单已取消，${BY_HAND[newest.state](newest.amount)}`
  const tell = newest && CANCELLED[newest.state]
  if (tell) return tell(newest.amount, paidBy === 'other' ? '付款人的账户' : '您的付款账户')
  // Nothing was given back: what the office wrote stands in no refund.
  const why = !newest && reason && reason !== UNEXPLAINED ? `客服说明：${reason}` : ''
  return `订单已取消，按规则没有退款。${why}`
}

/** The server gives the newest refund first. */
function explanationOf(order, [newest], now) {
  const { progress, stage, paid, reason, role } = order
  if (progress === PROGRESS.REFUNDING && newest && newest.state === REFUND.REQUESTED) return askedFor(newest)
  if (progress === PROGRESS.CANCELLED && paid) return { icon: '/images/refund.svg', text: cancelledText(order, newest) }
  if (progress === PROGRESS.CANCELLED) return { icon: '/images/info.svg', text: reason || '订单已取消。' }
  if ([PROGRESS.REFUNDING, PROGRESS.REFUNDED].includes(progress) && newest && newest.byHand && BY_HAND[newest.state]) {
    return { icon: '/images/refund.svg', text: BY_HAND[newest.state](newest.amount) }
  }
  const usual = EXPLANATIONS[progress] || { icon: '/images/info.svg', text: '' }
  if (progress === PROGRESS.PAID) return { ...usual, text: promise((role || ROLE.OWNER) === ROLE.OWNER, now) }
  return { ...usual, text: BY_STAGE[stage] || usual.text }
}

/** When and where, and what to bring; null for an order that has ended without a visit. */
function meetingOf(order, now) {
  if ([PROGRESS.CANCELLED, PROGRESS.REFUNDED].includes(order.progress)) return null
  const known = catalog.cached()
  const hospital = known && known.hospitals.find(({ id }) => id === order.hospitalid)
  const match = known && catalog.findVariant(known.services, order.serviceId)
  const errand = !!match && match.variant.takes === TAKES.ERRAND
  const ahead = [PROGRESS.UNPAID, PROGRESS.PAID, PROGRESS.SERVING].includes(order.progress)
  const { visitTime } = order
  return {
    errand,
    patient: order.patient,
    ahead,
    when: ahead || visitTime ? readableVisit(order.wantTime, visitTime, now) : readableDay(order.wantTime, now),
    settled: !ahead || !!visitTime || visitTime === undefined || order.progress === PROGRESS.UNPAID,
    place: [order.hospital, order.campus, order.department].filter(Boolean).join(' · '),
    meetingPoint: order.meetingPoint || '',
    map: hospital && hospital.latitude ? { latitude: Number(hospital.latitude), longitude: Number(hospital.longitude), name: hospital.name, address: hospital.address } : null,
    coming: order.progress === PROGRESS.PAID,
    bring: ahead && !errand ? BRING : '',
  }
}

/** What the owner may change of day and hour, and what waits for the office. */
function changesOf({ changes }, now) {
  if (!changes) return null
  const { request } = changes
  return { ...changes, request: request ? { ...request, when: readableVisit(request.wantTime, request.visitTime, now) } : null }
}

const present = (facts) => facts.filter((fact) => fact.value)

/** The lines of the order's card; what is empty is left out, and what the meeting card says is not repeated. */
function factsOf(order) {
  return present([
    { name: '服务', value: order.unit ? `${order.service}（${order.unit}）` : order.service },
    { name: '就诊人', value: order.patient },
    { name: '当天联系', value: order.contactPhone },
    { name: '挂号', value: wordOf(APPOINTMENTS, order.appointment) },
    { name: '走路', value: wordOf(MOBILITIES, order.mobility) },
    { name: '听力', value: wordOf(HEARINGS, order.hearing) },
    ...(order.answers || []).map(({ label, text }) => ({ name: label, value: text })),
    { name: '特殊要求', value: order.more },
    { name: '订单号', value: String(order.id) },
  ])
}

/** The money, last on the page. */
function sumsOf(order, now) {
  return present([
    { name: '价格', value: order.price },
    { name: '下单时间', value: readableMoment(order.madeTime || order.date, now) },
    { name: '付款时间', value: readableMoment(order.paidTime, now) },
    { name: '已付', value: order.paid },
    { name: '付款人', value: { me: '您', other: '家人' }[order.paidBy] },
    { name: '已退', value: order.refunded === '￥0' ? '' : order.refunded },
    { name: '结束方式', value: order.ending === '已服务' ? '' : order.ending },
  ])
}

module.exports = { presentOrder }
