const test = require('node:test')
const assert = require('node:assert/strict')
const { freshPhone } = require('./stand-ins')
const { DAY, UNPAID, server, openForm, readyForm, tap } = require('./order-form-fixture')

const PEOPLE = [{ id: 9, name: '李', relation: '父母', phone: '1' }, { id: 10, name: '王', relation: '其他', phone: '2' }]
const WORLD = { orders: [UNPAID], patients: PEOPLE }
const DAY_MS = 24 * 3600 * 1000
const sent = ({ calls }) => calls.filter((call) => call.path === 'user/create1order/').map((call) => call.data)

/** Runs the work at another time. */
async function at(now, work) {
  const real = Date.now
  Date.now = () => now
  try {
    return await work()
  } finally {
    Date.now = real
  }
}

test('the question is closed, and the patient’s unpaid order is the one that is changed, as the page says', async () => {
  const phone = freshPhone()
  const { form, ...made } = await readyForm(phone, WORLD)
  assert.equal(form.data.previous.id, 5)
  form.closePrevious()
  assert.equal(form.data.previous, null)
  assert.ok(form.data.unpaidNote.includes('会把它改成这次填写的内容'))
  await form.pay()
  assert.deepEqual(sent(made).map(({ unpaidId, perPatient }) => [unpaidId, perPatient]), [[5, 'y']])
})

test('for another patient a second order is made', async () => {
  const phone = freshPhone()
  const { form, ...made } = await readyForm(phone, WORLD)
  form.bookForAnother()
  assert.deepEqual([form.data.previous, form.data.fields.friendid, form.data.sheet], [null, '', 'patient'])
  form.choosePatient(tap({ id: 10 }))
  assert.deepEqual([form.data.previous, form.data.unpaidNote, form.data.sheet], [null, '', ''])
  await form.pay()
  assert.deepEqual(sent(made).map(({ friendid, unpaidId, perPatient }) => [friendid, unpaidId, perPatient]), [[10, undefined, 'y']])
})

test('when every patient has an unpaid order, another is added', async () => {
  const phone = freshPhone()
  const { form } = await readyForm(phone, { ...WORLD, patients: [PEOPLE[0]] })
  form.bookForAnother()
  assert.deepEqual(phone.opened, ['/pages/patient-edit/patient-edit?idcard=needed'])
})

test('a form in the place of the tenth page is reopened after a patient was added', async () => {
  for (const [properties, address] of [
    [{ serviceId: '4', hospitalId: '1' }, '/pages/order/order?serviceId=4&hospitalId=1'],
    [{ orderId: '5' }, '/pages/order/order?id=5&edit=1'],
    [{ again: '3' }, '/pages/order/order?again=3'],
  ]) {
    const phone = freshPhone()
    server(phone, WORLD)
    const form = await openForm(properties)
    phone.pages = 10
    form.addPatient()
    assert.deepEqual(phone.opened, [`/pages/patient-edit/patient-edit?idcard=needed&next=${encodeURIComponent(address)}`])
  }
})

test('a deletion asks first', async () => {
  const phone = freshPhone()
  const { form, count } = await readyForm(phone, WORLD)
  phone.sure = false
  await form.deletePrevious()
  assert.deepEqual([count('user/delete1order/'), form.data.previous.id], [0, 5])
  assert.ok(phone.said[0].includes('删除后不能恢复'))
})

test('an order that would be its patient’s second shows the first', async () => {
  const phone = freshPhone()
  const orders = [UNPAID]
  server(phone, { orders, patients: PEOPLE })
  const form = await openForm({ orderId: '5' })
  form.acceptTerms()
  form.choosePatient(tap({ id: 10 }))
  orders.push({ ...UNPAID, id: 6, friendid: 10, patient: '王' })
  const up = phone.answer
  phone.answer = (options) => (options.url.includes('create1order')
    ? { statusCode: 409, data: { code: 409, error: 'patient_has_unpaid_order', msg: '不行' } } : up(options))
  await form.pay()
  assert.deepEqual([form.data.previous.id, form.data.savedId], [6, 5])
  assert.ok(form.data.unpaidNote.includes('请先付款或删除那一笔'))
})

test('an earlier order is booked once more: all but its day; a patient who is gone is not replaced by another', async () => {
  for (const [friendid, chosen] of [[10, 10], [77, '']]) {
    const phone = freshPhone()
    server(phone, { patients: PEOPLE })
    const up = phone.answer
    const earlier = { ...UNPAID, id: 3, friendid, progress: '已取消', department: '骨科' }
    phone.answer = (options) => (options.url.endsWith('user/getOrder/') ? { data: { code: 0, order: earlier } } : up(options))
    const form = await openForm({ again: '3' })
    const { fields, savedId, wrong } = form.data
    assert.deepEqual([fields.department, fields.more, fields.friendid, fields.wantTime, savedId, wrong], ['骨科', '轮椅', chosen, '', '', {}])
    form.onType({ currentTarget: { dataset: { name: 'department' } }, detail: { value: '眼科' } })
    await form.reload()
    assert.equal(form.data.fields.department, '眼科')
    form.setData({ again: '' })
    await form.reload()
    assert.equal(form.data.fields.department, '', 'a new order knows nothing of it')
  }
})

test('an earlier order that is not to be found leaves a blank form', async () => {
  const phone = freshPhone()
  server(phone, { patients: PEOPLE })
  const up = phone.answer
  phone.answer = (options) => (options.url.endsWith('user/getOrder/') ? { statusCode: 404, data: { code: 404, error: 'order_removed', msg: '' } } : up(options))
  const form = await openForm({ again: '3' })
  assert.deepEqual([form.data.state, form.data.fields.more], ['content', ''])
})

test('the days are made again when the day changes, and a chosen day that has passed is told', async () => {
  const phone = freshPhone()
  const { form } = await readyForm(phone)
  const [{ value: firstDay }] = form.data.days
  form.change({ wantTime: firstDay, department: '骨科' })
  await at(Date.now() + DAY_MS, () => form.onPageShow())
  assert.ok(form.data.days[0].value > firstDay)
  assert.deepEqual([form.data.days.length, form.data.fields.wantTime, form.data.fields.department], [14, '', '骨科'])
  assert.ok(form.data.wrong.wantTime.includes('已经过了'))
  form.change({ wantTime: DAY })
  assert.equal(form.data.wrong.wantTime, undefined)
})

test('a tap on paying after midnight sends nothing for yesterday', async () => {
  const phone = freshPhone()
  const { form, count } = await readyForm(phone)
  form.change({ wantTime: form.data.days[0].value })
  await at(Date.now() + DAY_MS, () => form.pay())
  assert.equal(count('user/create1order/'), 0)
  assert.ok(form.data.wrong.wantTime.includes('已经过了'))
})

test('a form that lies open wakes up just after the hospital’s midnight', () => {
  freshPhone()
  const { untilTomorrow, dayFrom } = require('../utils/dates')
  for (const text of ['2026-11-29T15:59:59.999Z', '2026-11-29T16:00:00.000Z', '2026-11-29T03:00:00.000Z']) {
    const now = Date.parse(text)
    assert.equal(dayFrom(now + untilTomorrow(now), 0), dayFrom(now, 1))
    assert.equal(dayFrom(now + untilTomorrow(now) - 1, 0), dayFrom(now, 0))
  }
})

test('a draft for each form: the one of a new order is still there after an unpaid one was changed', async () => {
  const phone = freshPhone()
  server(phone, WORLD)
  const form = await openForm({ serviceId: '4' })
  const type = (value) => form.onType({ currentTarget: { dataset: { name: 'more' } }, detail: { value } })
  type('新的')
  await form.continuePrevious()
  type('旧的')
  const drafts = require('../services/drafts')
  assert.deepEqual([drafts.read().more, drafts.read(5).more], ['新的', '旧的'])
  for (let id = 20; id < 30; id += 1) drafts.save({ more: 'x' }, id)
  assert.equal(drafts.read(), null, 'only the newest few stay on the phone')
})
