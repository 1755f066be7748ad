// An order that WeChat names by the number of a payment: from its order centre, its bills and its messages.

const test = require('node:test')
const assert = require('node:assert/strict')
const { freshPhone, live, until } = require('./stand-ins')

const NUMBER = '2026113013143584JKKCEVY1FF3XVEDH'
const ORDER = { data: { code: 0, order: { id: 5, progress: '已付款', wantTime: '2026-11-28', price: '￥198' }, actions: [] } }

/** The page with this query: what it gives to the part that shows an order. */
function open(query) {
  freshPhone()
  const page = live('pages/order/order')
  page.selectComponent = () => null
  page.onLoad(query)
  return page.data
}

/** That part, on a phone whose server answers `found` to the number. */
async function show(found, number = NUMBER) {
  const phone = freshPhone()
  phone.storage.set('warrant', 'w')
  phone.answer = ({ url }) => (url.includes('findOrder') ? found : ORDER)
  const detail = live('pages/order/order-detail/order-detail', { orderId: '', number, justPaid: '' })
  await detail.reload()
  return { phone, detail }
}

const asked = (phone) => phone.requests.map(({ url, data }) => [url.split('/').at(-2), data.number || data.id])

for (const name of ['out_trade_no', 'merchant_trade_no', 'transaction_id']) {
  test(`the page opens an order by ${name}`, () => {
    const { mode, id, number } = open({ [name]: NUMBER })
    assert.deepEqual([mode, id, number], ['detail', '', NUMBER])
  })
}

test('our number comes before WeChat’s, and the id of an order before both', () => {
  const all = { transaction_id: '4200001234', merchant_id: '1900000109', merchant_trade_no: NUMBER }
  assert.equal(open(all).number, NUMBER)
  const { mode, id, number } = open({ id: '5', ...all })
  assert.deepEqual([mode, id, number], ['detail', '5', ''])
  assert.equal(open({ serviceId: '4' }).mode, 'form')
})

test('the number is asked about once, then the order is one like every other', async () => {
  const { phone, detail } = await show({ data: { code: 0, orderId: 5 } })
  assert.deepEqual([detail.data.state, detail.data.order.id, detail.data.orderId], ['content', 5, '5'])
  await detail.refresh()
  assert.deepEqual(asked(phone), [['findOrder', NUMBER], ['getOrder', '5'], ['getOrder', '5']])
})

test('a stranger’s number, and what is none, show what to do and no order', async () => {
  const refused = { statusCode: 404, data: { code: 404, error: 'order_not_found', msg: '没有找到这个订单' } }
  for (const [number, requests] of [[NUMBER, 1], ['${商品订单号}', 0], ['x', 0]]) {
    const { phone, detail } = await show(refused, number)
    assert.deepEqual([detail.data.state, detail.data.missing.title, detail.data.order], ['empty', '没有找到这笔订单', null])
    assert.equal(phone.requests.length, requests, number)
  }
})

test('without a network it can be tried again', async () => {
  const { phone, detail } = await show({ errMsg: 'request:fail' })
  assert.equal(detail.data.state, 'failed')
  phone.answer = ({ url }) => (url.includes('findOrder') ? { data: { code: 0, orderId: 5 } } : ORDER)
  await detail.reload()
  await until(() => detail.data.state === 'content')
})

test('who has never logged in is logged in on the way: no page stands before the order', async () => {
  const phone = freshPhone()
  phone.answer = ({ url }) => {
    if (url.includes('login/')) return { data: { code: 0, warrant: 'w', expiresIn: 60 } }
    return url.includes('findOrder') ? { data: { code: 0, orderId: 5 } } : ORDER
  }
  const detail = live('pages/order/order-detail/order-detail', { orderId: '', number: NUMBER, justPaid: '' })
  await detail.reload()
  assert.equal(detail.data.state, 'content')
  assert.deepEqual(phone.opened, [])
})
