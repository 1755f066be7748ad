// Paying and disputing a supplement on the order's page, and asking for one as an escort.

const test = require('node:test')
const assert = require('node:assert/strict')
const { freshPhone, live, until } = require('./stand-ins')

const SUPPLEMENT = { id: 3, kindTitle: '代付', amount: '￥38.50', reason: '挂号费', state: 'open', stateTitle: '待支付', refunded: '', actions: ['pay', 'dispute'] }
const orderWith = (supplement, more = {}) => ({ data: { code: 0, order: { id: 5, progress: '在服务', wantTime: '2026-11-28', price: '￥198' }, actions: [], refund: null, refunds: [], timeline: [], supplements: [supplement], ...more } })

async function openOrder(phone, answers) {
  phone.storage.set('warrant', 'w')
  phone.answer = ({ url }) => Object.entries(answers).find(([path]) => url.includes(path))[1]
  const detail = live('pages/order/order-detail/order-detail.js', { orderId: '5', justPaid: '' })
  await detail.reload()
  return detail
}

const sent = (phone, path) => phone.requests.filter(({ url }) => url.includes(path)).length
const PAYMENT = { data: { code: 0, id: 3, msg: '', payment: {} } }

test('a supplement is paid once however often the button is tapped, and it is the server who says that it is paid', async () => {
  const phone = freshPhone()
  const answers = { 'paySupplement/': PAYMENT, 'getOrder/': orderWith(SUPPLEMENT) }
  const detail = await openOrder(phone, answers)
  assert.deepEqual([detail.data.supplements[0].id, detail.data.pays], [3, true])
  const tap = { detail: { id: 3 } }
  const first = detail.paySupplement(tap)
  assert.equal(detail.paySupplement(tap), undefined)
  await first
  assert.equal(sent(phone, 'paySupplement/'), 1)
  assert.deepEqual([detail.data.confirmingSupplement, detail.data.payingSupplement], [3, 0])
  answers['getOrder/'] = orderWith({ ...SUPPLEMENT, state: 'paid', stateTitle: '已支付', actions: ['refund'] })
  await detail.load()
  await until(() => detail.data.confirmingSupplement === 0)
  assert.ok(phone.said.includes('补款已支付，谢谢'))
  detail.gone = true
})

test('a sheet that was closed is checked at once: the money may have gone all the same', async () => {
  const phone = freshPhone()
  phone.cashier = () => 'cancel'
  const answers = { 'paySupplement/': PAYMENT, 'getOrder/': orderWith(SUPPLEMENT) }
  const detail = await openOrder(phone, answers)
  await detail.paySupplement({ detail: { id: 3 } })
  assert.deepEqual(phone.said, ['您取消了付款，可以再次点击支付。'])
  assert.equal(detail.data.confirmingSupplement, 0)
})

test('a refusal is said, and the supplement is shown as it is now', async () => {
  const phone = freshPhone()
  const refusal = { statusCode: 409, data: { code: 409, error: 'supplement_not_payable', msg: '这笔补款已撤回' } }
  const answers = { 'paySupplement/': refusal, 'getOrder/': orderWith(SUPPLEMENT) }
  const detail = await openOrder(phone, answers)
  answers['getOrder/'] = orderWith({ ...SUPPLEMENT, state: 'withdrawn', stateTitle: '已撤回', actions: [] })
  await detail.paySupplement({ detail: { id: 3 } })
  assert.deepEqual([phone.said, detail.data.supplements[0].state], [['这笔补款已撤回'], 'withdrawn'])
})

test('what is refundable is what was paid without what went back', async () => {
  const phone = freshPhone()
  const detail = await openOrder(phone, { 'getOrder/': orderWith({ ...SUPPLEMENT, state: 'paid', refunded: '￥8', actions: ['refund'] }) })
  detail.openSupplementRefund({ detail: { id: 3 } })
  assert.equal(detail.data.supplement.refundable.remaining, '￥30.50')
})

test('family reads that there is a supplement, and pays nothing', async () => {
  const phone = freshPhone()
  const hidden = { ...SUPPLEMENT, amount: '', reason: '', actions: [] }
  const order = { id: 5, progress: '在服务', wantTime: '2026-11-28', role: 'family' }
  const detail = await openOrder(phone, { 'getOrder/': orderWith(hidden, { order }) })
  assert.equal(detail.data.pays, false)
  const card = live('pages/order/supplement-card/supplement-card.js')
  card.setData({ supplements: detail.data.supplements })
  assert.deepEqual(card.data.rows[0].can, { pay: false, dispute: false, refund: false, withdraw: false })
})

/** An escort's sheet with everything filled in; `answer` is what the server says to the proposal. */
function openSheet(phone, answers) {
  phone.storage.set('warrant', 'w')
  phone.answer = ({ url }) => Object.entries(answers).find(([path]) => url.includes(path))[1]
  const sheet = live('packages/escort/components/supplement-sheet/supplement-sheet.js', { orderId: 7, most: '￥2000' })
  sheet.setData({ visible: true })
  sheet.change({ kind: 'overtime', sum: '60', reason: '多陪了一小时' })
  return sheet
}

const LOST = { errMsg: 'request:fail' }
const TAKEN = { data: { code: 0, id: 1, repeated: false } }
const actions = (phone) => phone.requests.filter(({ url }) => url.endsWith('escort/supplement/')).map(({ data }) => data.actionId)

test('after a lost answer the same action is sent again, and something else is another action', async () => {
  const phone = freshPhone()
  const answers = { 'escort/supplement/': LOST, 'escort/job/': { data: { code: 0, job: {}, supplements: [] } } }
  const sheet = openSheet(phone, answers)
  await sheet.send()
  assert.match(sheet.data.wrong, /网络连接不上/)
  await sheet.send()
  assert.equal(new Set(actions(phone)).size, 1)
  sheet.change({ sum: '80' })
  answers['escort/supplement/'] = TAKEN
  await sheet.send()
  assert.equal(new Set(actions(phone)).size, 2)
  assert.deepEqual(sheet.events.map(({ name }) => name), ['done'])
})

test('before something else is asked for, it is said that the first one has arrived', async () => {
  const phone = freshPhone()
  phone.sure = false
  const answers = { 'escort/supplement/': LOST, 'escort/job/': null }
  const sheet = openSheet(phone, answers)
  await sheet.send()
  answers['escort/job/'] = { data: { code: 0, job: {}, supplements: [{ id: 1, actionId: sheet.data.actionId, amount: '￥60' }] } }
  sheet.change({ sum: '80' })
  await sheet.send()
  assert.match(phone.said[0], /￥60.*已经收到/)
  assert.equal(actions(phone).length, 1, 'nothing else was asked for')
})

test('what is missing is said before anything is sent', async () => {
  const phone = freshPhone()
  const sheet = openSheet(phone, {})
  for (const [changes, words] of [[{ sum: '0' }, '多少钱'], [{ sum: '2000.01' }, '最多 ￥2000'], [{ sum: '1.234' }, '多少钱'], [{ sum: '5', reason: ' ' }, '为什么'], [{ reason: 'x', kind: 'outlay' }, '小票'], [{ kind: '' }, '是什么']]) {
    sheet.change(changes)
    await sheet.send()
    assert.ok(sheet.data.wrong.includes(words), sheet.data.wrong)
  }
  assert.equal(phone.requests.length, 0)
})

test('a photo that does not go up leaves the proposal, and is sent again alone', async () => {
  const phone = freshPhone()
  let uploads = 0
  global.wx.uploadFile = ({ success, fail }) => setImmediate(() => (++uploads === 1 ? fail({ errMsg: 'uploadFile:fail' }) : success({ statusCode: 200, data: '{"code":0,"receipt":"x","repeated":false}' })))
  const sheet = openSheet(phone, { 'escort/supplement/': TAKEN })
  sheet.change({ kind: 'outlay', photo: 'wxfile://receipt.jpg' })
  await sheet.send()
  assert.match(sheet.data.wrong, /申请已提交，照片还没有传上去/)
  await sheet.send()
  assert.deepEqual([actions(phone).length, uploads, sheet.events.length], [1, 2, 1])
})
