const test = require('node:test')
const assert = require('node:assert/strict')
const { freshPhone, live } = require('./stand-ins')

const PAGE = 50
const tap = (value) => ({ detail: { value } })

/** A server with these orders, which it gives a page at a time. */
function serverOf(phone, rows) {
  phone.storage.set('warrant', 'w')
  phone.asked = []
  phone.answer = ({ url, data }) => {
    if (url.includes('hide1order')) {
      rows.splice(rows.findIndex((row) => row.id === data.id), 1)
      return { data: { code: 0, msg: '已从列表中移除' } }
    }
    phone.asked.push(data.before)
    const rest = rows.filter((row) => !data.before || row.id < data.before)
    const page = rest.slice(0, PAGE)
    return { data: { code: 0, data: page, next: rest.length > PAGE ? page[PAGE - 1].id : 0 } }
  }
}

const orders = (count, progress) => Array.from({ length: count }, (_, index) => ({ id: count - index, patient: '李', progress: progress(count - index) }))

async function open(rows) {
  const phone = freshPhone()
  serverOf(phone, rows)
  const page = live('pages/orders/orders.js')
  await page.reload()
  return { phone, page }
}

test('a long list is walked to its end without losing or repeating an order', async () => {
  const { phone, page } = await open(orders(121, () => '已完成'))
  assert.deepEqual([page.data.shown.length, page.data.more], [20, true])
  for (let step = 0; page.data.more; step += 1) {
    assert.ok(step < 10)
    await page.onReachBottom()
  }
  assert.deepEqual(page.data.shown.map(({ id }) => id), orders(121, () => '').map(({ id }) => id))
  assert.deepEqual(phone.asked, [undefined, 72, 22])
})

test('who has ordered nothing is led to what the family shares', async () => {
  const phone = freshPhone()
  serverOf(phone, [])
  const own = phone.answer
  phone.answer = (options) => (options.url.includes('getSharedOrders') ? { data: { code: 0, data: [{ id: 7, patient: '李', progress: '在服务' }], next: 0 } } : own(options))
  const page = live('pages/orders/orders.js')
  await page.reload()
  assert.deepEqual([page.data.shown, page.data.sharedWaits], [[], true])
  await page.goOn()
  assert.deepEqual([page.data.tab, page.data.shown.map(({ id }) => id), page.data.sharedWaits], ['家人的', [7], false])

  const { phone: other, page: empty } = await open([])
  empty.goOn()
  assert.deepEqual([empty.data.sharedWaits, other.opened], [false, ['/pages/services/services']])
})

test('exactly one page is the last page', async () => {
  const { page } = await open(orders(PAGE, () => '已完成'))
  while (page.data.more) await page.onReachBottom()
  assert.equal(page.data.shown.length, PAGE)
})

test('a tab whose orders lie far back finds them', async () => {
  const { page } = await open(orders(160, (id) => (id < 5 ? '待付款' : '已完成')))
  await page.onTab(tap('待付款'))
  assert.deepEqual([page.data.shown.map(({ id }) => id), page.data.more], [[4, 3, 2, 1], false])
})

test('a very long history is not fetched in one go: the button for more stands there', async () => {
  const { phone, page } = await open(orders(600, () => '已完成'))
  await page.onTab(tap('待付款'))
  assert.deepEqual([page.data.shown.length, page.data.more, phone.asked.length], [0, true, 6])
})

test('a tab that is left while it loads writes nothing into the next one', async () => {
  const { page } = await open(orders(160, (id) => (id < 5 ? '待付款' : '已完成')))
  await Promise.all([page.onTab(tap('待付款')), page.onTab(tap('已完成'))])
  assert.ok(page.data.shown.length === 20 && page.data.shown.every(({ progress }) => progress === '已完成'))
  assert.equal(page.data.adding, false)
})

test('more that does not come is told and asked for again', async () => {
  const { phone, page } = await open(orders(60, () => '已完成'))
  await page.onReachBottom()
  const up = phone.answer
  phone.answer = () => ({ errMsg: 'request:fail' })
  await page.onReachBottom()
  assert.equal(phone.said.length, 1)
  assert.equal(page.data.more, true)
  phone.answer = up
  await page.onReachBottom()
  assert.equal(page.data.shown.length, 60)
})

test('an order leaves the list only after a yes', async () => {
  const { phone, page } = await open(orders(3, () => '已取消'))
  phone.sure = false
  await page.hide({ detail: { id: 2, patient: '李' } })
  assert.equal(page.data.shown.length, 3)
  phone.sure = true
  await page.hide({ detail: { id: 2, patient: '李' } })
  assert.deepEqual(page.data.shown.map(({ id }) => id), [3, 1])
})

test('an order that is off the list already is no failure', async () => {
  const { phone, page } = await open(orders(1, () => '已取消'))
  const up = phone.answer
  phone.answer = (options) => (options.url.includes('hide1order') ? { statusCode: 404, data: { code: 404, error: 'order_removed', msg: '' } } : up(options))
  await page.hide({ detail: { id: 1, patient: '李' } })
  assert.deepEqual(phone.said.slice(1), ['已移除'])
})

test('the card says who and when, and offers exactly what the server allows', () => {
  const phone = freshPhone()
  const card = live('components/order-card/order-card.js', { order: null })
  card.setData({ order: { id: 5, patient: '李', wantTime: '2026-11-28', progress: '已取消', actions: ['rebook'] } })
  assert.deepEqual([card.data.day.includes('11月28日'), card.data.can], [true, { rebook: true, hide: false }])
  card.rebook()
  card.hide()
  assert.deepEqual(phone.opened, ['/pages/order/order?again=5'])
  assert.deepEqual(card.events, [{ name: 'hide', detail: { id: 5, patient: '李' } }])
  card.setData({ order: { id: 6, patient: '李', wantTime: '2026-11-28', progress: '已付款' } })
  assert.deepEqual(card.data.can, { rebook: false, hide: false })
})

test('an order that is not to be found says truthfully whose it is', async () => {
  for (const [error, words] of [['order_removed', '您已把这笔订单从列表移除'], ['order_not_found', '没有找到这笔订单']]) {
    const phone = freshPhone()
    phone.storage.set('warrant', 'w')
    phone.answer = () => ({ statusCode: 404, data: { code: 404, error, msg: '' } })
    const detail = live('pages/order/order-detail/order-detail.js', { orderId: '5', justPaid: '' })
    await detail.reload()
    assert.deepEqual([detail.data.state, detail.data.missing.title], ['empty', words])
  }
})

for (const [progress, thanks] of [['已付款', true], ['已取消', false]]) {
  test(`after the sheet said yes, an order that is ${progress} ${thanks ? 'thanks' : 'thanks for nothing'}`, async () => {
    const phone = freshPhone()
    phone.storage.set('warrant', 'w')
    let now = '待付款'
    phone.answer = () => ({ data: { code: 0, order: { id: 5, progress: now, price: '￥1' }, actions: [] } })
    const detail = live('pages/order/order-detail/order-detail.js', { orderId: '5', justPaid: '1' })
    await detail.reload()
    const confirming = detail.confirmPayment()
    assert.deepEqual([detail.data.confirming, detail.data.thanks], [true, false])
    now = progress
    await confirming
    assert.deepEqual([detail.data.confirming, detail.data.thanks, detail.data.confirmed], [false, thanks, thanks])
  })
}

test('after leaving, nothing is asked any more', async () => {
  const phone = freshPhone()
  phone.storage.set('warrant', 'w')
  phone.answer = () => ({ data: { code: 0, order: { id: 5, progress: '待付款', price: '￥1' }, actions: [] } })
  const detail = live('pages/order/order-detail/order-detail.js', { orderId: '5', justPaid: '1' })
  await detail.reload()
  const confirming = detail.confirmPayment()
  detail.lifetimes.detached.call(detail)
  await confirming
  assert.equal(phone.requests.length, 1)
})
