const test = require('node:test')
const assert = require('node:assert/strict')
const { freshPhone, until } = require('./stand-ins')
const { DAY, CATALOG, UNPAID, server, openForm } = require('./order-form-fixture')

const tap = (dataset, detail = {}) => ({ currentTarget: { dataset }, detail })
const take = (value, dataset = {}) => tap(dataset, { value })

/** The fixture's server, with changes to its catalog and a calendar of days. */
function serverWith(phone, { catalog = {}, days, ...backend } = {}) {
  const made = server(phone, backend)
  const before = phone.answer
  phone.answer = (options) => {
    if (options.url.endsWith('catalog/')) return { data: { ...CATALOG, ...catalog } }
    if (options.url.includes('catalog/days/') && days) return { data: { code: 0, data: days } }
    return before(options)
  }
  return made
}

const ERRAND = { id: 11, name: '代开药品', unit: '次', price: '￥100', takes: 'errand', needsIdNumber: false, questions: [{ key: 'medicine', label: '要买的药', kind: 'text', required: true, max: 20 }] }

test('each step lets through only what is complete, and the way back loses nothing', async () => {
  const phone = freshPhone()
  server(phone)
  const form = await openForm({ serviceId: '4' })
  form.next()
  assert.deepEqual([form.data.step, Object.keys(form.data.wrong)], [1, ['hospitalId']])
  form.chooseNearHospital(take(1))
  form.next()
  form.next()
  assert.deepEqual([form.data.step, Object.keys(form.data.wrong).sort()], [2, ['visitTime', 'wantTime']])
  form.chooseDay(take(DAY))
  form.chooseTime(take('08:30'))
  form.next()
  assert.deepEqual([form.data.step, form.data.chosen.when.endsWith('上午 8:30')], [3, true])
  form.back()
  form.back()
  assert.deepEqual([form.data.step, form.data.fields.visitTime], [1, '08:30'])
})

test('a patient whose phone was erased is not booked for until it is there again, or another is called', async () => {
  const phone = freshPhone()
  const patients = [{ id: 9, name: '李建国', relation: '父母', phone: '', idcard: '6***' }]
  const { count } = serverWith(phone, { patients })
  const form = await openForm({ serviceId: '4' })
  form.chooseNearHospital(take(1))
  form.next()
  form.chooseDay(take(DAY))
  form.chooseTime(take('08:30'))
  form.next()
  assert.deepEqual([form.data.step, form.data.wrong.friendid], [2, '李建国的电话已经删除，请先补上，当天才能联系上'])
  assert.equal(form.data.chosen.lacksPhone, true)

  form.change({ contact: 'other', contactPhone: '13811112222' })
  assert.equal(form.data.chosen.lacksPhone, false)
  form.change({ contact: 'patient', contactPhone: '' })
  patients[0].phone = '138****3333'
  const before = count('user/getFriends/')
  form.onPageShow()
  await until(() => count('user/getFriends/') > before && !form.data.chosen.lacksPhone)
  form.next()
  assert.equal(form.data.step, 3)
})

test('a form that was left is opened at the step where it was left', async () => {
  let phone = freshPhone()
  server(phone)
  const form = await openForm()
  form.chooseNearHospital(take(1))
  form.next()
  form.onType(tap({ name: 'contactPhone' }, { value: '13811112222' }))
  const kept = phone.storage
  assert.ok(!JSON.stringify(kept.get('orderDrafts')).includes('13811112222'), 'a phone number is not written to the phone')

  for (const [properties, step] of [[{}, 2], [{ serviceId: '4' }, 1]]) {
    phone = freshPhone()
    server(phone)
    phone.storage = kept
    assert.equal((await openForm(properties)).data.step, step, 'opened for a service, it begins with it')
  }
})

test('hospital and department are those of the patient’s last order, and follow to another patient', async () => {
  const phone = freshPhone()
  const patients = [{ id: 9, name: '李', relation: '父母' }, { id: 8, name: '王', relation: '其他' }]
  const paid = (friendid, hospitalid, department) => ({ ...UNPAID, progress: '已完成', friendid, hospitalid, department })
  serverWith(phone, { patients, orders: [paid(9, 1, '心内科'), paid(8, 2, '骨科')], catalog: { hospitals: [{ id: 1, name: '西京医院' }, { id: 2, name: '唐都医院' }] } })
  const form = await openForm()
  assert.deepEqual([form.data.fields.friendid, form.data.chosen.place], [9, '西京医院 · 心内科'])
  form.choosePerson(8)
  assert.deepEqual([form.data.chosen.place, form.data.placeNote], ['唐都医院 · 骨科', '医院已换成上次去的 唐都医院 骨科'])
  form.chooseNearHospital(take(1))
  form.choosePerson(9)
  assert.deepEqual([form.data.fields.hospitalId, form.data.placeNote], [1, ''])
  form.choosePerson(8)
  assert.equal(form.data.fields.hospitalId, 1, 'what was chosen by hand stays')
})

test('an errand asks its own questions and nothing that it does not need', async () => {
  const phone = freshPhone()
  const { calls } = serverWith(phone, { catalog: { services: [...CATALOG.services, ERRAND] } })
  const form = await openForm({ serviceId: '4', hospitalId: '1' })
  form.change({ mobility: 'cane', meetingPoint: '正门' })
  form.chooseService(tap({ id: 11 }))
  assert.deepEqual([form.data.errand, form.data.fields.visitTime], [true, 'later'], 'its time may stay open')
  form.next()
  assert.equal(form.data.wrong.answers, '请填写：要买的药')
  form.answer(tap({ key: 'medicine' }, { value: '阿司匹林' }))
  form.change({ wantTime: DAY })
  form.acceptTerms()
  await form.pay()
  const { data } = calls.find(({ path }) => path === 'user/create1order/')
  assert.deepEqual([data.answers, data.visitTime, data.mobility, data.meetingPoint], ['{"medicine":"阿司匹林"}', '', '', ''])
})

test('days that cannot be had are struck out with the reason, and so are the hours of a full half-day', async () => {
  const phone = freshPhone()
  const { dayFrom } = require('../utils/dates')
  const [full, half] = [dayFrom(Date.now(), 2), dayFrom(Date.now(), 3)]
  const open = { open: true, reason: '' }
  const shut = { open: false, reason: '约满了' }
  serverWith(phone, { days: [
    { day: full, open: false, reason: '这一天约满了', halves: { am: shut, pm: shut } },
    { day: half, open: true, reason: '', halves: { am: { open: false, reason: '上午约满了' }, pm: open } },
  ] })
  const form = await openForm({ serviceId: '4', hospitalId: '1' })
  await until(() => form.data.closed.length === 1)
  assert.equal(form.data.days.find(({ value }) => value === full).off, '这一天约满了')
  assert.ok(form.data.closed[0].endsWith('：这一天约满了'))
  form.chooseDay(take(half))
  assert.deepEqual(['08:30', '14:00'].map((time) => form.data.times.find(({ value }) => value === time).off), ['上午约满了', ''])
  form.change({ wantTime: full, visitTime: '08:30' })
  form.setData({ step: 2 })
  form.next()
  assert.ok(form.data.wrong.wantTime.includes('约满'))
})

test('a choice that is struck out says why instead of being taken', () => {
  const phone = freshPhone()
  const { live } = require('./stand-ins')
  const choices = live('components/choices/choices.js', {})
  choices.setData({ options: [{ value: 'a', label: '甲', off: '约满了' }, { value: 'b', label: '乙' }] })
  choices.choose(tap({ index: 0 }))
  choices.choose(tap({ index: 1 }))
  assert.deepEqual([phone.said, choices.events], [['约满了'], [{ name: 'choose', detail: { value: 'b' } }]])
})

test('a day that was taken meanwhile leads back to the days, with the server’s sentence', async () => {
  const phone = freshPhone()
  server(phone)
  const form = await openForm({ serviceId: '4', hospitalId: '1' })
  form.change({ wantTime: DAY, visitTime: '08:30' })
  form.setData({ step: 3 })
  const before = phone.answer
  phone.answer = (options) => (options.url.includes('create1order') ? { statusCode: 409, data: { code: 409, error: 'day_full', msg: '这一天刚刚约满，请换一天' } } : before(options))
  form.acceptTerms()
  await form.pay()
  assert.deepEqual([form.data.step, form.data.wrong.wantTime], [2, '这一天刚刚约满，请换一天'])
})

test('accepting the terms that the button has opened goes on paying; the same version is not asked for again', async () => {
  let phone = freshPhone()
  const { count } = server(phone)
  const form = await openForm({ serviceId: '4', hospitalId: '1' })
  form.change({ wantTime: DAY, visitTime: 'later' })
  await form.pay()
  assert.deepEqual([form.data.sheet, form.data.payingTerms], ['terms', true])
  await form.acceptTerms()
  assert.equal(count('user/create1order/'), 1)
  const kept = phone.storage

  phone = freshPhone()
  phone.storage = kept
  const { live } = require('./stand-ins')
  const again = live('pages/order/order-form/order-form.js', { orderId: '' })
  again.lifetimes.attached.call(again)
  assert.equal(again.data.accepted, true)
  again.lifetimes.detached.call(again)
})

test('every half hour is there after the common ones, and none that has passed', () => {
  freshPhone()
  const { timesOf } = require('../pages/order/order-form/times')
  const now = Date.parse('2026-11-30T01:00:00Z') // 9:00 at the hospital
  const given = { day: '2026-11-30', halves: null, all: true, chosen: '', step: 30 }
  const all = timesOf(given, now)
  assert.deepEqual([all[0].value, all[all.length - 1].value, all.length], ['07:00', '18:00', 23])
  assert.deepEqual(all.filter(({ off }) => off).map(({ value }) => value), ['07:00', '07:30', '08:00', '08:30', '09:00'])
  assert.equal(timesOf({ ...given, day: '2026-12-01' }, now).filter(({ off }) => off).length, 0)
  assert.ok(timesOf({ ...given, all: false, chosen: '11:15' }, now).some(({ value }) => value === '11:15'))
})

test('before paying everything that was chosen is looked over, also who comes and how the patient walks', async () => {
  const phone = freshPhone()
  serverWith(phone)
  const form = await openForm({ serviceId: '4' })
  form.change({ hospitalId: 1, mobility: 'wheelchair', hearing: 'impaired', appointment: 'help', contact: 'other', contactPhone: '13811112222', meetingPoint: '正门', more: '怕冷' })
  assert.deepEqual(form.data.besides.map(({ name, value }) => `${name}：${value}`), [
    '碰面地点：正门', '当天联系：13811112222', '挂号：需要协助', '走路：坐轮椅', '听力：听力不好', '特殊要求：怕冷',
  ])
  form.change({ mobility: '', hearing: '', appointment: '', contact: 'patient', meetingPoint: '', more: '' })
  assert.deepEqual(form.data.besides, [], 'what was not chosen takes no room')
})

test('who leaves the hour open for today reads after closing time that nobody calls before tomorrow', () => {
  const phone = freshPhone()
  phone.storage.set('catalog', { etag: '1', from: 'https://server.test/', body: { ...CATALOG, visits: { callbackMinutes: 30, officeHours: '08:00-20:00' } } })
  const { laterNote } = require('../pages/order/order-form/days')
  const at = (hour) => Date.parse(`2026-11-29T${hour}:00+08:00`)
  assert.ok(laterNote('2026-11-29', at('20:30')).startsWith('现在已经下班，要到明天上午 8:00'))
  assert.ok(laterNote('2026-11-29', at('07:00')).includes('今天上午 8:00'))
  const usual = '我们会打电话和您商定时间。'
  assert.deepEqual([laterNote('2026-11-29', at('12:00')), laterNote('2026-11-30', at('20:30')), laterNote('', at('20:30'))], [usual, usual, usual])
})

test('the visit that the doctor wants is booked with its day', async () => {
  const phone = freshPhone()
  server(phone)
  const form = await openForm({ again: '5', day: DAY })
  assert.deepEqual([form.data.fields.wantTime, form.data.step], [DAY, 2])
})

test('an unpaid order is opened to be looked over, or at its day when another one is needed', async () => {
  for (const [properties, step] of [[{}, 3], [{ openAt: '2' }, 2]]) {
    const phone = freshPhone()
    server(phone, { orders: [UNPAID] })
    const form = await openForm({ orderId: '5', ...properties })
    assert.deepEqual([form.data.step, form.data.savedId, form.data.fields.wantTime], [step, 5, DAY])
  }
})
