const test = require('node:test')
const assert = require('node:assert/strict')
const { BLANK, PAPER, readFromNumber, complaints, wireOf } = require('../pages/patient-edit/fields')
const { checkCharacter } = require('../utils/idcard')

const NOW = Date.parse('2026-11-23T04:00:00Z')
const GOOD = { ...BLANK, name: '测试', relation: '父母', idcard: '11010519491231002X', phone: '13800000000', consentGiven: true }
const child = `11010520150101001${checkCharacter('11010520150101001')}`

test('a resident number fills in sex and age', () => {
  assert.deepEqual(readFromNumber(GOOD, NOW), { sex: 'w', if18: 'y' })
  assert.deepEqual(readFromNumber({ ...GOOD, idcard: child }, NOW), { sex: 'm', if18: 'n' })
  assert.deepEqual(wireOf(GOOD, NOW), { name: '测试', relation: '父母', phone: '13800000000', idcard: '11010519491231002X', sex: 'w', if18: 'y', consentGiven: 'y', guardianConsentGiven: 'n' })
})

test('sensitive data needs consent of its own, a minor the guardian’s too', () => {
  assert.deepEqual(complaints(GOOD, NOW), {})
  assert.deepEqual(Object.keys(complaints({ ...GOOD, consentGiven: false }, NOW)), ['consentGiven'])
  assert.deepEqual(Object.keys(complaints({ ...GOOD, idcard: child }, NOW)), ['guardianConsentGiven'])
  assert.deepEqual(complaints({ ...GOOD, idcard: child, guardianConsentGiven: true }, NOW), {})
})

test('a wrong check digit, phone or name is said', () => {
  assert.deepEqual(Object.keys(complaints({ ...GOOD, idcard: '110105194912310021', phone: '12', name: '张' }, NOW)).sort(), ['idcard', 'name', 'phone'])
})

test('a passport is allowed, and then sex and age are asked', () => {
  const foreign = { ...GOOD, paper: PAPER.PASSPORT, idcard: 'AB1234567X' }
  assert.deepEqual(Object.keys(complaints(foreign, NOW)).sort(), ['if18', 'sex'])
  assert.deepEqual(Object.keys(complaints({ ...foreign, sex: 'w', if18: 'n' }, NOW)), ['guardianConsentGiven'])
  assert.equal(wireOf({ ...foreign, sex: 'w', if18: 'y' }, NOW).idcard, 'PASSPORT-AB1234567X')
})
