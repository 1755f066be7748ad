const test = require('node:test')
const assert = require('node:assert/strict')
const { freshPhone, live, until } = require('./stand-ins')

const answerOf = (progress, more = {}) => ({ code: 0, order: { id: 5, progress, wantTime: '2026-11-28', price: '￥198' }, actions: [], refund: null, refunds: [], timeline: [], ...more })

/** The page of an order that could be paid and deleted; `now` is what the server says from then on. */
async function openDetail(phone, now, refusal = { statusCode: 409, data: { code: 409, error: 'order_already_paid', msg: '订单已支付' } }) {
  phone.storage.set('warrant', 'w')
  let answer = { data: answerOf('待付款', { actions: ['pay', 'edit', 'delete'] }) }
  phone.answer = ({ url }) => (url.includes('getOrder/') ? answer : refusal)
  global.wx.showModal = ({ content, success }) => {
    phone.said.push(content)
    if (success) success({ confirm: true })
  }
  const detail = live('pages/order/order-detail/order-detail.js', { orderId: '5', justPaid: '' })
  await detail.reload()
  answer = now
  return detail
}

const sendings = {
  pay: (detail) => detail.pay(),
  remove: (detail) => detail.remove(),
  sendRequest: (detail) => detail.sendRequest({ detail: { reason: '行程有变', amount: '￥198' } }),
  withdraw: (detail) => detail.withdraw(),
  sendRating: (detail) => detail.sendRating({ detail: { stars: 5, comment: '' } }),
}

for (const [name, send] of Object.entries(sendings)) {
  test(`${name}: after a refusal the order is shown as it is now`, async () => {
    const phone = freshPhone()
    const detail = await openDetail(phone, { data: answerOf('已付款', { actions: ['cancel'] }) })
    assert.equal(detail.data.can.pay, true)
    await send(detail)
    assert.ok(phone.said.includes('订单已支付'))
    assert.deepEqual([detail.data.order.progress, detail.data.can.pay], ['已付款', false])
  })
}

test('who cannot pay because the day was taken is led to another day', async () => {
  for (const [sure, path] of [[true, ['/pages/order/order?id=5&edit=1&at=2']], [false, []]]) {
    const phone = freshPhone()
    const refusal = { statusCode: 409, data: { code: 409, error: 'day_full', msg: '12月6日（周日）上午不能预约：已约满。最近可以选 12月7日（周一）上午' } }
    const detail = await openDetail(phone, { data: answerOf('待付款', { actions: ['pay', 'edit'] }) }, refusal)
    global.wx.showModal = ({ title, content, success }) => {
      phone.said.push(title, content)
      success({ confirm: sure })
    }
    await detail.pay()
    assert.deepEqual([phone.said, phone.opened], [['还没有付款', refusal.data.msg], path])
  }
})

test('a refusal is said once, even when the order cannot be asked for after it', async () => {
  const phone = freshPhone()
  const detail = await openDetail(phone, { errMsg: 'request:fail' })
  await detail.pay()
  assert.deepEqual(phone.said, ['订单已支付'])
})

test('pulling asks for the order again, and what went wrong is said', async () => {
  const phone = freshPhone()
  const detail = await openDetail(phone, { data: answerOf('在服务') })
  await detail.refresh()
  assert.equal(detail.data.order.progress, '在服务')
  phone.answer = () => ({ errMsg: 'request:fail' })
  await detail.refresh()
  assert.deepEqual([detail.data.state, phone.said.length], ['content', 1])
})

test('an order that has expired says so, before and after it was on the screen', async () => {
  const phone = freshPhone()
  const gone = { statusCode: 404, data: { code: 404, error: 'not_found', msg: '没有找到您要的内容' } }
  const detail = await openDetail(phone, gone, gone)
  await detail.pay()
  assert.equal(detail.data.state, 'empty')
  await detail.reload()
  assert.equal(detail.data.state, 'empty')
  detail.openOrders()
  assert.deepEqual(phone.opened, ['/pages/orders/orders'])
})

test('what the payment came to is asked again when the note about it is closed', async () => {
  const phone = freshPhone()
  const detail = await openDetail(phone, { data: answerOf('已付款') })
  detail.setData({ thanks: true, confirmed: false })
  detail.closeThanks()
  await until(() => detail.data.order.progress === '已付款')
})

test('a refund promises money only once it is approved', () => {
  freshPhone()
  const { presentOrder } = require('../pages/order/order-detail/presentation')
  const text = (...states) => presentOrder(answerOf('退款中', { refunds: states.map((state) => ({ state })) }), Date.now()).explanation.text
  assert.ok(text('待审核').includes('等待客服审核'))
  assert.ok(text('待审核', '已退款').includes('等待客服审核'))
  assert.ok(text('退款中', '已拒绝').includes('原路退回'))
})

test('a cancelled order says where its money is', () => {
  freshPhone()
  const { presentOrder } = require('../pages/order/order-detail/presentation')
  const text = (refunds, paid = '￥198') => {
    const answer = answerOf('已取消', { refunds })
    answer.order.paid = paid
    return presentOrder(answer, Date.now()).explanation.text
  }
  assert.equal(text([{ state: '退款中', amount: '￥99' }]), '订单已取消，￥99 正在原路退回您的付款账户。')
  assert.equal(text([{ state: '已退款', amount: '￥99' }]), '订单已取消，￥99 已原路退回您的付款账户。')
  assert.equal(text([{ state: '无需退款', amount: '￥0' }]), '订单已取消，按规则没有退款。')
  assert.equal(text([], ''), '订单已取消。')
  const ended = answerOf('已取消')
  Object.assign(ended.order, { paid: '￥198', reason: '约好的时间没有来' })
  assert.equal(presentOrder(ended, Date.now()).explanation.text, '订单已取消，按规则没有退款。客服说明：约好的时间没有来')
})

test('what was paid to the office is paid back by the office, and the page says so', () => {
  freshPhone()
  const { presentOrder } = require('../pages/order/order-detail/presentation')
  const text = (progress, state) => {
    const answer = answerOf(progress, { refunds: [{ state, amount: '￥99', byHand: true }] })
    answer.order.paid = '￥198'
    return presentOrder(answer, Date.now()).explanation.text
  }
  assert.equal(text('已取消', '退款中'), '订单已取消，￥99 由客服线下退还给您，请留意电话。')
  assert.equal(text('已退款', '已退款'), '￥99 已由客服线下退还。')
  assert.equal(text('退款中', '退款中'), '￥99 由客服线下退还给您，请留意电话。')
})
