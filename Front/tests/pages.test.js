const test = require('node:test')
const assert = require('node:assert/strict')
const { freshPhone, live } = require('./stand-ins')

test('the terms are shown for five seconds before they can be accepted, and again when closed too early', (t) => {
  freshPhone()
  t.mock.timers.enable({ apis: ['setInterval'] })
  const sheet = live('components/terms-sheet/terms-sheet.js', { visible: false })
  sheet.setData({ visible: true })
  assert.ok(sheet.data.sections.length > 5)
  t.mock.timers.tick(4000)
  sheet.accept()
  assert.equal(sheet.events, undefined)
  sheet.setData({ visible: false })
  sheet.setData({ visible: true })
  assert.equal(sheet.data.left, 5)
  t.mock.timers.tick(5000)
  sheet.accept()
  assert.deepEqual(sheet.events.map((event) => event.name), ['accept'])
  sheet.setData({ visible: false })
  sheet.setData({ visible: true })
  assert.equal(sheet.data.left, 0, 'having been shown once, they need no second wait')
})

test('a page goes from skeleton to content, to empty, to failed and back', async () => {
  const phone = freshPhone()
  phone.storage.set('warrant', 'w')
  let rows = [{ id: 1, name: '测试' }]
  phone.answer = () => ({ data: { code: 0, data: rows } })
  const page = live('pages/patients/patients.js')
  assert.equal(page.data.state, 'loading')
  page.onLoad({})
  await page.reload()
  assert.equal(page.data.state, 'content')
  rows = []
  await page.refresh()
  assert.equal(page.data.state, 'empty')
  phone.answer = () => ({ errMsg: 'request:fail' })
  await page.reload()
  assert.equal(page.data.state, 'failed')
  assert.ok(page.data.failure.includes('网络'))
  rows = [{ id: 2 }]
  phone.answer = () => ({ data: { code: 0, data: rows } })
  await page.reload()
  assert.equal(page.data.state, 'content')
})

test('a failed refresh leaves the content and says why', async () => {
  const phone = freshPhone()
  phone.storage.set('warrant', 'w')
  phone.answer = () => ({ data: { code: 0, data: [{ id: 1 }] } })
  const page = live('pages/patients/patients.js')
  await page.reload()
  phone.answer = () => ({ statusCode: 503, data: { error: 'busy', msg: '服务器忙' } })
  await page.refresh()
  assert.equal(page.data.state, 'content')
  assert.deepEqual(phone.said, ['服务器忙'])
})

test('an answer that comes late does not overwrite a newer one', async () => {
  const phone = freshPhone()
  const page = live('pages/patients/patients.js')
  const answers = []
  page.loadOnce = require('../pages/define-page').definePage({ load: () => new Promise((resolve) => answers.push(resolve)) }).loadOnce
  const first = page.loadOnce(false)
  const second = page.loadOnce(false)
  answers[1]({ patients: ['new'] })
  answers[0]({ patients: ['old'] })
  await Promise.all([first, second])
  assert.deepEqual(page.data.patients, ['new'])
  assert.deepEqual(phone.said, [])
})

test('更新 twice within two seconds is answered with a smile', async () => {
  const phone = freshPhone()
  phone.storage.set('warrant', 'w')
  phone.answer = () => ({ data: { code: 0, user: { nickname: '测试', avatar: '', orders: { 待付款: 2 }, patients: 1 }, caregiver: null } })
  const page = live('pages/me/me.js')
  await page.reload()
  assert.equal(page.data.shelves[0].count, 2)
  const asked = phone.requests.length
  await page.update()
  page.update()
  assert.equal(phone.requests.length, asked + 1)
  assert.deepEqual(phone.said, ['已更新', '点得太快了'])
})

test('更新 that failed does not say that it was done', async () => {
  const phone = freshPhone()
  phone.storage.set('warrant', 'w')
  phone.answer = () => ({ data: { code: 0, user: { nickname: '测试', avatar: '', orders: {}, patients: 1 }, caregiver: null } })
  const page = live('pages/me/me.js')
  await page.reload()
  phone.answer = () => ({ errMsg: 'request:fail' })
  await page.update()
  assert.deepEqual([phone.said.length, page.data.state, page.data.updating], [1, 'content', false])
  assert.ok(phone.said[0].includes('网络'))
})

test('large text is remembered and every page takes it up when shown', () => {
  const phone = freshPhone()
  const me = live('pages/me/me.js')
  me.toggleLargeText()
  assert.equal(me.data.large, 'large')
  assert.equal(phone.storage.get('largeText'), true)
  const terms = live('pages/terms/terms.js')
  terms.onLoad({})
  assert.equal(terms.data.large, 'large')
})

test('a title that comes late is not written over another page', async () => {
  const phone = freshPhone()
  phone.answer = () => ({ data: { code: 0, service: { id: 4, name: '陪诊', variants: [], picture: '' } } })
  const page = live('pages/service/service.js')
  page.query = { id: 4 }
  page.onShow()
  page.onHide()
  phone.title = '另一页'
  await page.reload()
  assert.equal(phone.title, '另一页')
  page.onShow()
  assert.equal(phone.title, '陪诊')
})

test('the eleventh page takes the place of the tenth', () => {
  const phone = freshPhone()
  const { openPage } = require('../utils/go')
  openPage('/pages/expert/expert?id=1')
  phone.pages = 10
  openPage('/pages/hospital/hospital?id=1')
  assert.deepEqual(phone.opened, ['/pages/expert/expert?id=1', '/pages/hospital/hospital?id=1'])
})

test('a number is called without its extension, which no phone dials along', () => {
  const phone = freshPhone()
  require('../services/dialogue').call('029-85321234转801')
  assert.deepEqual(phone.opened, ['tel:029-85321234'])
})

test('the amount of a refund that has changed is shown again, not taken', async () => {
  const phone = freshPhone()
  phone.storage.set('warrant', 'w')
  let amount = '￥198'
  phone.answer = ({ url }) => (url.includes('refund1order')
    ? { statusCode: 409, data: { code: 1, error: 'refund_amount_changed', msg: '变了' } }
    : { data: { code: 0, order: { id: 5, progress: '已付款', wantTime: '2026-11-28' }, actions: ['cancel'], refund: { amount, percent: 100, rule: '' }, timeline: [], refunds: [] } })
  const detail = live('pages/order/order-detail/order-detail.js', { orderId: '5', justPaid: '' })
  await detail.reload()
  assert.equal(detail.data.refund.amount, '￥198')
  amount = '￥99'
  detail.openSheet({ currentTarget: { dataset: { sheet: 'cancel' } } })
  await detail.sendRequest({ detail: { reason: '行程有变', amount: '￥198' } })
  assert.equal(detail.data.refund.amount, '￥99')
  assert.equal(detail.data.sheet, 'cancel', 'the sheet stays, with the new amount')
  assert.ok(phone.said[0].includes('金额有变化'))
})

test('a printed code opens what it means; a damaged one opens the page', () => {
  freshPhone()
  const page = live('pages/order/order.js')
  for (const [query, serviceId, mode] of [
    [{ scene: encodeURIComponent('serviceId=4&hospitalId=1') }, '4', 'form'],
    [{ scene: 'id%3D7' }, '', 'detail'],
    [{ scene: '%E5%8' }, '', 'form'],
    [{ scene: 'x' }, '', 'form'],
    [{ scene: encodeURIComponent('serviceId=4'), serviceId: '9' }, '9', 'form'],
    [undefined, '', 'form'],
  ]) {
    page.onLoad(query)
    assert.deepEqual([page.data.serviceId, page.data.mode], [serviceId, mode], JSON.stringify(query))
  }
})

test('a newer version is offered, and opened only after a yes', async () => {
  for (const sure of [true, false]) {
    const phone = freshPhone()
    phone.sure = sure
    phone.answer = () => ({ data: {} })
    let ready
    let applied = 0
    global.wx.getUpdateManager = () => ({ onUpdateReady: (work) => { ready = work }, applyUpdate: () => { applied += 1 } })
    let app
    global.App = (given) => { app = given }
    require('../app')
    app.onLaunch()
    await ready()
    assert.deepEqual([applied, phone.said.length], [sure ? 1 : 0, 1])
  }
})

test('an order shows exactly the actions that the server allows', () => {
  const phone = freshPhone()
  phone.storage.set('warrant', 'w')
  const { presentOrder } = require('../pages/order/order-detail/presentation')
  const order = { id: 1, service: '陪诊', unit: '半天', progress: '待付款', wantTime: '2026-11-28', price: '￥198', refunded: '￥0' }
  const allowed = ({ can }) => Object.keys(can).filter((name) => can[name]).sort()
  const shown = presentOrder({ order, timeline: [], actions: ['pay', 'edit', 'delete'], refund: null, refunds: [] }, Date.now())
  assert.deepEqual(allowed(shown), ['edit', 'pay', 'remove', 'share'])
  assert.deepEqual([shown.facts, shown.sums].map((facts) => facts.map((fact) => fact.name)), [['服务', '订单号'], ['价格']])
  const paid = presentOrder({ order: { ...order, progress: '已付款', paidTime: '2026-11-20 10:00:00' }, timeline: [], actions: ['cancel', 'money_back'], refund: { amount: '￥198' }, refunds: [] }, Date.now())
  assert.deepEqual(allowed(paid), ['cancel', 'complain', 'follow', 'moneyBack', 'share'])
  const ended = presentOrder({ order: { ...order, progress: '已取消', reason: '超时未付款' }, timeline: [], actions: ['rebook', 'hide'], refund: null, refunds: [] }, Date.now())
  assert.deepEqual([allowed(ended), ended.explanation.text, ended.meeting], [['hide', 'rebook'], '超时未付款', null])
})

test('data of any shape becomes lines without brackets', () => {
  const { readable } = require('../utils/readable')
  assert.equal(
    readable({ profile: { nickname: '测试' }, patients: [{ name: '甲', sex: 'w' }], orders: [], caregiver: null, other: 1 }),
    '个人资料：\n  昵称：测试\n就诊人：\n  第 1 项：\n    姓名：甲\n    性别：女\n订单：\n  （没有）\n陪诊员申请：（空）\nother：1',
  )
})
