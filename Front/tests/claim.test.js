const test = require('node:test')
const assert = require('node:assert/strict')
const { freshPhone, live, until } = require('./stand-ins')

const ORDER = { code: 0, orderId: 0, patient: '王**', service: '优享陪诊（半天）', hospital: '西京医院', wantTime: '2026-12-01', visitTime: '09:30', amount: '￥588', paid: 'n', progress: '待付款', expiresTime: '2026-12-01 09:00:00' }
const GONE = { statusCode: 404, data: { code: 404, error: 'claim_not_valid', msg: '这个链接或认领码无效' } }

function loggedIn() {
  const phone = freshPhone()
  phone.storage.set('warrant', 'w')
  return phone
}

test('a link shows the order before it is claimed, and leads to it', async () => {
  const phone = loggedIn()
  phone.answer = ({ url }) => ({ data: url.includes('claimOrder') ? { code: 0, orderId: 7, msg: '' } : ORDER })
  const page = live('pages/claim/claim.js')
  page.onLoad({ token: 't' })
  await until(() => page.data.state === 'content')
  assert.equal(page.data.order.patient, '王**')
  assert.ok(page.data.day.includes('09:30'))
  await page.claim()
  assert.deepEqual(phone.opened, ['/pages/order/order?id=7'])
})

test('a link that is void says so, and offers the code', async () => {
  const phone = loggedIn()
  phone.answer = () => GONE
  const page = live('pages/claim/claim.js')
  page.onLoad({ token: 't' })
  await until(() => page.data.state === 'empty')
  page.typeCode()
  await until(() => page.data.state === 'content')
  assert.equal(page.data.order, null)
})

test('a code is typed in any grouping; a short one is not sent, a wrong one keeps what was typed', async () => {
  const phone = loggedIn()
  const asked = []
  phone.answer = ({ url, data }) => {
    if (url.includes('Claim')) asked.push(data)
    return GONE
  }
  const page = live('pages/claim/claim.js')
  page.onLoad({})
  await until(() => page.data.state === 'content')
  page.onType({ detail: { value: '7k2mp' } })
  page.find()
  assert.ok(page.data.wrong.includes('10'))
  assert.deepEqual(asked, [])
  page.onType({ detail: { value: '7k2mp-q8x4d ' } })
  assert.equal(page.data.wrong, '')
  await page.find()
  assert.equal(asked.length, 1)
  assert.equal(asked[0].code, '7K2MPQ8X4D')
  assert.ok(page.data.wrong.includes('无效'))
  assert.equal(page.data.code, '7k2mp-q8x4d ')
  phone.answer = () => ({ data: { ...ORDER, orderId: 9, paid: 'y' } })
  await page.find()
  page.openOrder()
  assert.deepEqual(phone.opened, ['/pages/order/order?id=9'])
})

test('a printed code carries the link’s token, or the code itself, in its scene', async () => {
  for (const [scene, expected] of [['token%3DAbC-_9', { token: 'AbC-_9' }], ['code%3D7k2mpq8x4d', { code: '7K2MPQ8X4D' }]]) {
    const phone = loggedIn()
    const asked = []
    phone.answer = ({ data }) => {
      asked.push(data)
      return { data: ORDER }
    }
    const page = live('pages/claim/claim.js')
    page.onLoad({ scene })
    await until(() => page.data.state === 'content')
    assert.deepEqual(asked, [expected])
    assert.equal(page.data.order.patient, '王**')
  }
})

test('a claim whose answer was lost is sent again and leads to the order', async () => {
  const phone = loggedIn()
  const sent = []
  phone.answer = ({ url, data }) => {
    if (!url.includes('claimOrder')) return { data: ORDER }
    sent.push(data)
    return sent.length === 1 ? { errMsg: 'request:fail timeout' } : { data: { code: 0, orderId: 7, msg: '' } }
  }
  const page = live('pages/claim/claim.js')
  page.onLoad({ token: 't' })
  await until(() => page.data.state === 'content')
  await page.claim()
  assert.equal(page.data.state, 'content')
  assert.equal(page.data.claiming, false)
  await page.claim()
  assert.deepEqual(sent, [{ token: 't' }, { token: 't' }])
  assert.deepEqual(phone.opened, ['/pages/order/order?id=7'])
})

test('a link that was used while it was looked at is no longer offered', async () => {
  const phone = loggedIn()
  phone.answer = ({ url }) => (url.includes('claimOrder') ? GONE : { data: ORDER })
  const page = live('pages/claim/claim.js')
  page.onLoad({ token: 't' })
  await until(() => page.data.state === 'content')
  await page.claim()
  assert.equal(page.data.state, 'empty')
  assert.deepEqual(phone.opened, [])
})
