const test = require('node:test')
const assert = require('node:assert/strict')
const { freshPhone, until } = require('./stand-ins')
const { CATALOG, DAY, UNPAID, server, openForm, readyForm } = require('./order-form-fixture')

const PAID = { ...UNPAID, progress: '已付款' }

/** From now on the server answers create1order like this. */
function refuse(phone, status, error, more = {}) {
  const before = phone.answer
  phone.answer = (options) => (options.url.includes('create1order') ? { statusCode: status, data: { code: status, error, msg: '不行', ...more } } : before(options))
}

test('a new order names no order, a further tap the one that exists; both say the price that was shown', async () => {
  const phone = freshPhone()
  const { form, calls } = await readyForm(phone, { progress: () => '待付款' })
  phone.cashier = () => 'cancel'
  await form.pay()
  await form.pay()
  const sent = calls.filter((call) => call.path === 'user/create1order/').map((call) => call.data)
  assert.deepEqual(sent.map(({ unpaidId, shownPrice }) => [unpaidId, shownPrice]), [[undefined, '￥198'], [5, '￥198']])
})

test('an order that is paid after all is opened instead of being ordered again', async () => {
  const phone = freshPhone()
  const { form } = await readyForm(phone, { progress: () => '待付款' })
  phone.cashier = () => 'cancel'
  await form.pay()
  refuse(phone, 409, 'order_already_paid')
  await form.pay()
  assert.deepEqual(phone.opened, ['/pages/order/order?id=5'])
  assert.ok(phone.said[1].includes('没有重复扣款'))
})

test('a paid order that the form did not know of is looked for in the list', async () => {
  const phone = freshPhone()
  const { form } = await readyForm(phone)
  refuse(phone, 409, 'order_already_paid')
  await form.pay()
  assert.deepEqual(phone.opened, ['/pages/orders/orders'])
  assert.ok(phone.said[0].includes('没有扣款'))
  assert.ok(phone.storage.has('orderDrafts'), 'what was typed is not lost')
})

test('an order that is gone is new from the next tap on, after this was said', async () => {
  const phone = freshPhone()
  server(phone, { orders: [UNPAID] })
  const form = await openForm({ orderId: '5' })
  form.acceptTerms()
  const up = phone.answer
  refuse(phone, 404, 'order_not_found')
  await form.pay()
  assert.deepEqual(phone.opened, [])
  assert.ok(phone.said[0].includes('作为新订单提交'))
  assert.deepEqual([form.data.savedId, form.data.fields.more], ['', '轮椅'])
  phone.answer = up
  await form.pay()
  const last = phone.requests.filter(({ url }) => url.includes('create1order')).pop()
  assert.equal('unpaidId' in last.data, false)
})

test('a form for an order that is paid opens the order, not a blank form', async () => {
  for (const orders of [[PAID], []]) {
    const phone = freshPhone()
    phone.storage.set('orderDrafts', [{ savedAt: Date.now(), form: '5', fields: {} }])
    server(phone, { orders })
    const form = await openForm({ orderId: '5' })
    assert.deepEqual(phone.opened, ['/pages/order/order?id=5'])
    assert.ok(phone.said[0].includes('不能修改'))
    assert.equal(form.data.state, 'loading')
    assert.equal(phone.storage.has('orderDrafts'), false)
  }
})

test('a price that changed is shown before anything is paid', async () => {
  const phone = freshPhone()
  const { form, count } = await readyForm(phone)
  const up = phone.answer
  phone.answer = (options) => {
    const dearer = { ...CATALOG, version: '2', services: [{ ...CATALOG.services[0], price: '￥218' }] }
    if (options.url.endsWith('catalog/')) return { data: dearer }
    if (options.url.includes('create1order') && options.data.shownPrice !== '￥218') return { statusCode: 409, data: { code: 409, error: 'price_changed', msg: '' } }
    return up(options)
  }
  await form.pay()
  assert.equal(form.data.chosen.price, '￥218')
  assert.deepEqual([form.data.fields.wantTime, form.data.accepted], [DAY, true])
  assert.ok(phone.said[0].includes('价格有变化，请看清后再付款') && phone.said[0].includes('￥218'))
  assert.deepEqual(phone.opened, [])
  await form.pay()
  assert.deepEqual(phone.opened, ['/pages/order/order?id=5&paid=1'])
  assert.equal(count('user/create1order/'), 1)
})

test('after leaving while the order was being sent, no cashier opens and no page either', async () => {
  for (const status of [200, 409]) {
    const phone = freshPhone()
    const { form } = await readyForm(phone)
    let sheets = 0
    phone.cashier = () => { sheets += 1; return 'ok' }
    if (status === 409) refuse(phone, 409, 'order_already_paid')
    const paying = form.pay()
    form.lifetimes.detached.call(form)
    await paying
    assert.deepEqual([sheets, phone.opened, phone.said], [0, [], []])
  }
})

test('a previous order that is gone counts as deleted', async () => {
  const phone = freshPhone()
  server(phone, { orders: [UNPAID] })
  const form = await openForm({ serviceId: '4' })
  const before = phone.answer
  phone.answer = (options) => (options.url.includes('delete1order') ? { statusCode: 404, data: { code: 404, error: 'not_found', msg: '没有' } } : before(options))
  await form.deletePrevious()
  assert.deepEqual([form.data.previous, form.data.deleting, phone.said[1]], [null, false, '已删除'])
})

test('a previous order that is paid by now is no question any more', async () => {
  const phone = freshPhone()
  const orders = [UNPAID]
  server(phone, { orders })
  const form = await openForm({ serviceId: '4' })
  const before = phone.answer
  phone.answer = (options) => {
    if (!options.url.includes('delete1order')) return before(options)
    orders[0] = PAID
    return { statusCode: 409, data: { code: 409, error: 'order_not_deletable', msg: '仅支持删除未支付的订单' } }
  }
  await form.deletePrevious()
  assert.deepEqual([form.data.state, form.data.previous, form.data.savedId], ['content', null, ''])
  assert.ok(phone.said[1].includes('已经付款'))
})

test('a patient who was added is not asked for again because the line was cut once', async () => {
  const phone = freshPhone()
  const people = []
  server(phone, { patients: people })
  const form = await openForm({ serviceId: '4' })
  const up = phone.answer
  phone.answer = (options) => (options.url.includes('add1friend') ? { data: { code: 0, id: 12 } } : { errMsg: 'request:fail' })
  await require('../services/patients').add({})
  people.push({ id: 12, name: '新人', relation: '本人', phone: '1' })
  form.onPageShow()
  await until(() => form.data.missing)
  assert.equal(form.data.fields.friendid, '')
  phone.answer = up
  await form.chooseAdded()
  assert.deepEqual([form.data.missing, form.data.fields.friendid], ['', 12])
  people.push({ id: 13, name: '乙', relation: '本人', phone: '1' })
  form.choosePatient({ currentTarget: { dataset: { id: 13 } } })
  await form.chooseAdded()
  assert.equal(form.data.fields.friendid, 13, 'they are chosen once')
})

test('pulling the form renews prices and patients and leaves what was typed', async () => {
  const phone = freshPhone()
  const people = [{ id: 9, name: '测试', relation: '父母', phone: '1' }]
  server(phone, { patients: people })
  const form = await openForm({ serviceId: '4' })
  form.onType({ currentTarget: { dataset: { name: 'more' } }, detail: { value: '轮椅' } })
  people.push({ id: 10, name: '乙', relation: '其他', phone: '1' })
  await form.refresh()
  assert.deepEqual([form.data.patients.length, form.data.fields.more, form.data.fields.friendid], [2, '轮椅', 9])
})

test('without a network it is said that nothing was paid, and the form keeps what was typed', async () => {
  const phone = freshPhone()
  const { form } = await readyForm(phone)
  const before = phone.answer
  phone.answer = (options) => (options.url.includes('create1order') ? { errMsg: 'request:fail' } : before(options))
  await form.pay()
  assert.deepEqual(phone.said, ['网络连接不上，请检查手机网络后再试。这次没有付款，填好的内容都在。'])
  assert.deepEqual([form.data.fields.wantTime, form.data.paying], [DAY, false])
})
