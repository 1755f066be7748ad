const test = require('node:test')
const assert = require('node:assert/strict')
const { freshPhone, until } = require('./stand-ins')
const { DAY, UNPAID, server, openForm, readyForm, tap } = require('./order-form-fixture')

test('a returning user chooses hospital and day; service and patient are there already', async () => {
  const phone = freshPhone()
  server(phone)
  const form = await openForm({ serviceId: '4' })
  assert.equal(form.data.chosen.service, '陪诊')
  assert.equal(form.data.chosen.patient, '测试（父母）')
  await form.pay()
  assert.deepEqual(Object.keys(form.data.wrong).sort(), ['hospitalId', 'visitTime', 'wantTime'])
})

test('an unaccepted order opens the terms instead of being sent', async () => {
  const phone = freshPhone()
  const { count } = server(phone)
  const form = await openForm({ serviceId: '4', hospitalId: '1' })
  form.change({ wantTime: DAY, visitTime: '08:30' })
  await form.pay()
  assert.equal(form.data.sheet, 'terms')
  assert.equal(count('user/create1order/'), 0)
  form.closeSheet()
  form.toggleTerms()
  form.acceptTerms()
  assert.deepEqual([form.data.accepted, count('user/create1order/')], [true, 0])
  form.toggleTerms()
  assert.equal(form.data.accepted, false, 'the tick can be taken back')
})

test('a double tap sends one order, and its page opens to ask the server', async () => {
  const phone = freshPhone()
  const { form, count } = await readyForm(phone, { progress: () => '待付款' })
  const taps = [form.pay(), form.pay(), form.pay()]
  assert.deepEqual(phone.subscribe, [['t1']], 'asked in the tap itself: WeChat refuses what comes after any waiting')
  assert.equal(count('user/create1order/'), 0, 'and before anything is ordered')
  await Promise.all(taps)
  assert.equal(count('user/create1order/'), 1)
  assert.equal(count('user/getOrder/'), 0, 'nothing holds the form')
  assert.deepEqual(phone.opened, ['/pages/order/order?id=5&paid=1'])
  assert.deepEqual(phone.subscribe, [['t1']])
})

test('a cancelled payment stays on the page, and the next tap pays the same order', async () => {
  const phone = freshPhone()
  const { form, count } = await readyForm(phone, { progress: () => '待付款' })
  phone.cashier = () => 'cancel'
  await form.pay()
  assert.deepEqual(phone.opened, [])
  assert.ok(phone.said[0].includes('取消了付款'))
  assert.equal(form.data.savedId, 5)
  assert.equal(form.data.paying, false)
  await form.pay()
  assert.equal(count('user/create1order/'), 2)
  assert.deepEqual(phone.subscribe, [['t1']], 'nobody is asked twice on one page')
})

test('a sheet that says “failed” although the payment succeeded is put right by the server', async () => {
  const phone = freshPhone()
  const { form } = await readyForm(phone, { progress: () => '已付款' })
  phone.cashier = () => 'system error'
  await form.pay()
  assert.deepEqual(phone.opened, ['/pages/order/order?id=5&paid=1'])
})

test('the server’s complaints land beside their fields', async () => {
  const phone = freshPhone()
  const { form } = await readyForm(phone)
  const before = phone.answer
  phone.answer = (options) => (options.url.includes('create1order')
    ? { statusCode: 400, data: { code: 1, error: 'invalid', msg: '请检查', fields: { department: ['科室太长'] } } } : before(options))
  await form.pay()
  assert.equal(form.data.wrong.department, '科室太长')
  assert.equal(form.data.savedId, '')
})

test('an unpaid order asks: continue loads it, delete deletes it and goes on', async () => {
  let phone = freshPhone()
  let made = server(phone, { orders: [UNPAID] })
  let form = await openForm({ serviceId: '4' })
  assert.equal(form.data.previous.id, 5)
  await form.continuePrevious()
  assert.deepEqual([form.data.previous, form.data.fields.more, form.data.savedId], [null, '轮椅', 5])

  phone = freshPhone()
  made = server(phone, { orders: [UNPAID] })
  form = await openForm({ serviceId: '4' })
  await form.deletePrevious()
  assert.deepEqual(made.calls[made.calls.length - 1], { path: 'user/delete1order/', data: { id: 5 } })
  assert.deepEqual([form.data.previous, form.data.fields.more, form.data.savedId], [null, '', ''])
})

test('editing an unpaid order loads it without asking', async () => {
  const phone = freshPhone()
  server(phone, { orders: [UNPAID] })
  const form = await openForm({ orderId: '5' })
  assert.deepEqual([form.data.previous, form.data.fields.more, form.data.savedId], [null, '轮椅', 5])
})

test('what was typed is there again, until the order exists', async () => {
  let phone = freshPhone()
  server(phone)
  const form = await openForm()
  form.onType({ currentTarget: { dataset: { name: 'more' } }, detail: { value: '需要轮椅' } })
  form.chooseHospital(tap({ id: 0 }))
  const kept = phone.storage

  phone = freshPhone()
  server(phone)
  phone.storage = kept
  const again = await openForm({ serviceId: '4' })
  assert.deepEqual([again.data.fields.more, again.data.fields.hospitalId, again.data.fields.serviceId], ['需要轮椅', 0, 4])
  again.change({ hospitalCustom: '县医院', wantTime: DAY, visitTime: 'later' })
  again.acceptTerms()
  await again.pay()
  assert.equal(phone.storage.has('orderDrafts'), false)
})

test('changes to an unpaid order survive too, and do not leak into a new one', async () => {
  let phone = freshPhone()
  server(phone, { orders: [UNPAID] })
  const form = await openForm({ orderId: '5' })
  form.onType({ currentTarget: { dataset: { name: 'department' } }, detail: { value: '骨科' } })
  const kept = phone.storage

  phone = freshPhone()
  server(phone, { orders: [UNPAID] })
  phone.storage = kept
  const again = await openForm({ serviceId: '4' })
  assert.equal(again.data.fields.department, '')
  await again.continuePrevious()
  assert.deepEqual([again.data.fields.department, again.data.fields.more], ['骨科', '轮椅'])
})

test('a patient added on the way is chosen on coming back', async () => {
  const phone = freshPhone()
  const people = []
  server(phone, { patients: people })
  const form = await openForm({ serviceId: '4' })
  assert.equal(form.data.fields.friendid, '')
  form.addPatient()
  assert.deepEqual(phone.opened, ['/pages/patient-edit/patient-edit?idcard=needed'])
  const before = phone.answer
  phone.answer = (options) => (options.url.includes('add1friend') ? { data: { code: 0, id: 12 } } : before(options))
  await require('../services/patients').add({})
  people.push({ id: 12, name: '新人', relation: '本人', phone: '1' })
  form.onPageShow()
  await until(() => form.data.fields.friendid === 12)
  assert.equal(form.data.chosen.patient, '新人（本人）')
})

test('a server that is down gives the failed state, and 重试 brings the form', async () => {
  const phone = freshPhone()
  server(phone)
  const up = phone.answer
  phone.answer = () => ({ errMsg: 'request:fail' })
  const form = await openForm()
  assert.equal(form.data.state, 'failed')
  assert.ok(form.data.failure.includes('网络'))
  phone.answer = up
  await form.reload()
  assert.equal(form.data.state, 'content')
})
