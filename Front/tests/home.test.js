const test = require('node:test')
const assert = require('node:assert/strict')
const { freshPhone, live, until } = require('./stand-ins')

const ORDER = { id: 7, progress: '已付款', stage: '今天就诊', patient: '李建国', wantTime: '2026-11-30', visitTime: '08:30', hospital: '西京医院', department: '' }

function card(phone, answer) {
  phone.storage.set('warrant', 'w')
  phone.answer = answer
  const next = live('components/next-visit/next-visit.js')
  next.lifetimes.attached.call(next)
  return next
}

test('the next visit comes with day and time, and an order that waits for payment beside it', async () => {
  const phone = freshPhone()
  const next = card(phone, () => ({ data: { code: 0, order: ORDER, unpaid: { ...ORDER, id: 8, visitTime: '' }, questions: 0 } }))
  await until(() => next.data.state === 'content')
  assert.ok(next.data.order.when.endsWith('11月30日 周一 上午 8:30'))
  assert.ok(next.data.unpaid.when.endsWith('时间待确认'))
  next.open({ currentTarget: { dataset: { id: 7 } } })
  assert.deepEqual(phone.opened, ['/pages/order/order?id=7'])
})

test('a server that does not know the question is asked for the orders instead', async () => {
  const phone = freshPhone()
  const rows = [
    { ...ORDER, id: 1, progress: '已完成' }, { ...ORDER, id: 2, wantTime: '2026-12-09' }, { ...ORDER, id: 3, progress: '在服务', wantTime: '2026-12-05' }, { ...ORDER, id: 4, progress: '待付款' },
  ]
  const next = card(phone, ({ url }) => (url.includes('getNextVisit') ? { statusCode: 404, data: { error: 'not_found' } } : { data: { code: 0, data: rows, next: 0 } }))
  await until(() => next.data.state === 'content')
  assert.deepEqual([next.data.order.id, next.data.unpaid.id], [3, 4])
})

test('a failure is told to who may have a visit, and to nobody else', async () => {
  const phone = freshPhone()
  const next = card(phone, () => ({ errMsg: 'request:fail' }))
  await until(() => next.data.state === 'failed')
  phone.answer = () => ({ data: { code: 0, order: ORDER, unpaid: null } })
  await next.look()
  assert.equal(next.data.state, 'content')
  phone.answer = () => ({ errMsg: 'request:fail' })
  await next.look()
  assert.deepEqual([next.data.state, next.data.order.id], ['content', 7], 'what is known stays')

  const strange = freshPhone()
  strange.login = () => ''
  const other = live('components/next-visit/next-visit.js')
  await other.look()
  assert.equal(other.data.state, 'loading')
})

test('every card that is sent has a picture', () => {
  const phone = freshPhone()
  const home = live('pages/home/home.js')
  assert.equal(home.onShareAppMessage({}).imageUrl, '/images/share.png')
  assert.ok(phone)
})
