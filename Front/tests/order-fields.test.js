const test = require('node:test')
const assert = require('node:assert/strict')
const { BLANK, startFields, fieldsOf, stillValid, usualPatient, complaints, firstWrong, wireOf } = require('../pages/order/order-form/fields')

const NOW = Date.parse('2026-11-23T04:00:00Z')
const GOOD = { ...BLANK, serviceId: 4, hospitalId: 1, friendid: 9, wantTime: '2026-11-23', visitTime: '08:30' }

test('a complete order has no complaint, today included', () => {
  assert.deepEqual(complaints(GOOD, NOW), {})
})

test('each missing thing has its own sentence, and the first on the page comes first', () => {
  assert.deepEqual(Object.keys(complaints(BLANK, NOW)).sort(), ['friendid', 'hospitalId', 'serviceId', 'visitTime', 'wantTime'])
  assert.equal(firstWrong(complaints(BLANK, NOW)), 'serviceId')
  assert.equal(complaints({ ...GOOD, wantTime: '2026-11-22' }, NOW).wantTime, '就诊日期已经过了，请重新选择')
  assert.equal(complaints({ ...GOOD, more: 'x'.repeat(10241) }, NOW).more, '最多 10240 个字')
  assert.equal(firstWrong({}), '')
})

test('another hospital needs its name, and only it sends one', () => {
  const other = { ...GOOD, hospitalId: 0, hospitalCustom: '  ' }
  assert.equal(complaints(other, NOW).hospitalCustom, '请填写医院名称')
  assert.equal(wireOf({ ...other, hospitalCustom: ' 县医院 ' }).hospitalCustom, '县医院')
  assert.equal(wireOf({ ...GOOD, hospitalCustom: '县医院' }).hospitalCustom, '')
})

test('what the user came with wins over the draft', () => {
  const draft = { ...GOOD, more: '轮椅', hospitalId: 0, hospitalCustom: '县医院' }
  const start = startFields(draft, { serviceId: '104', hospitalId: '2' })
  assert.deepEqual([start.serviceId, start.hospitalId, start.hospitalCustom, start.more], [104, 2, '', '轮椅'])
  assert.deepEqual(startFields(null, {}), BLANK)
})

test('an unpaid order comes back into the form, with its own hospital or another', () => {
  const row = { serviceId: 4, hospitalid: 0, hospital: '县医院', department: '骨科', wantTime: '2026-11-25', friendid: 9, more: '' }
  assert.deepEqual(fieldsOf(row), { ...BLANK, serviceId: 4, hospitalId: 0, hospitalCustom: '县医院', department: '骨科', wantTime: '2026-11-25', visitTime: 'later', friendid: 9 })
  assert.equal(fieldsOf({ ...row, hospitalid: 3, hospital: '某院' }).hospitalCustom, '')
})

test('what no longer exists or has passed is asked again', () => {
  const known = { variantIds: [4], hospitalIds: [1], patientIds: [9], now: NOW }
  assert.deepEqual(stillValid(GOOD, known), GOOD)
  const gone = stillValid({ ...GOOD, serviceId: 5, hospitalId: 2, friendid: 8, wantTime: '2026-11-20' }, known)
  assert.deepEqual([gone.serviceId, gone.hospitalId, gone.friendid, gone.wantTime], ['', '', '', ''])
  assert.equal(stillValid({ ...GOOD, hospitalId: 0 }, known).hospitalId, 0)
})

test('the usual patient is the last order’s, or the only one', () => {
  const people = [{ id: 1 }, { id: 2 }]
  assert.equal(usualPatient(people, [{ friendid: 7 }, { friendid: 2 }]), 2)
  assert.equal(usualPatient(people, []), '')
  assert.equal(usualPatient([{ id: 5 }], []), 5)
})
