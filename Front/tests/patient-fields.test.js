const test = require('node:test')
const assert = require('node:assert/strict')
const { BLANK, ID_KIND, readFromNumber, fieldsOf, consentsNeeded, complaints, wireOf } = require('../pages/patient-edit/fields')
const { checkCharacter } = require('../utils/id-numbers')

const NOW = Date.parse('2026-11-23T04:00:00Z')
const GOOD = { ...BLANK, name: '测试', relation: '父母', idcard: '11010519491231002X', phone: '13800000000', consentGiven: true }
const KNOWN = { id: 7, name: '李建国', relation: '父母', sex: 'm', if18: 'y', idcardKind: '身份证', idcard: '610***********1234', phone: '138****3333' }
const child = `11010520150101001${checkCharacter('11010520150101001')}`

test('a resident number fills in sex and age', () => {
  assert.deepEqual(readFromNumber(GOOD, NOW), { sex: 'w', if18: 'y' })
  assert.deepEqual(readFromNumber({ ...GOOD, idcard: child }, NOW), { sex: 'm', if18: 'n' })
  assert.deepEqual(wireOf(GOOD, NOW), { name: '测试', relation: '父母', phone: '13800000000', idcardKind: '身份证', idcard: '11010519491231002X', sex: 'w', if18: 'y', consentGiven: 'y', guardianConsentGiven: 'n' })
})

test('sensitive data needs consent of its own, a minor the guardian’s too', () => {
  assert.deepEqual(complaints(GOOD, NOW), {})
  assert.deepEqual(Object.keys(complaints({ ...GOOD, consentGiven: false }, NOW)), ['consentGiven'])
  assert.deepEqual(Object.keys(complaints({ ...GOOD, idcard: child }, NOW)), ['guardianConsentGiven'])
  assert.deepEqual(complaints({ ...GOOD, idcard: child, guardianConsentGiven: true }, NOW), {})
})

test('of a known patient the phone is asked only where there is none any more', () => {
  const fields = { ...BLANK, name: '李建国', relation: '父母', sex: 'm', if18: 'y', consentGiven: true }
  assert.deepEqual(complaints(fields, NOW, KNOWN), {})
  const erased = { ...KNOWN, phone: '' }
  assert.deepEqual(Object.keys(complaints(fields, NOW, erased)), ['phone'])
  assert.deepEqual(complaints({ ...fields, phone: '13800000000' }, NOW, erased), {})
  assert.equal(wireOf({ ...fields, phone: '13800000000' }, NOW, erased).phone, '13800000000')
})

test('a wrong check digit, phone or name is said', () => {
  assert.deepEqual(Object.keys(complaints({ ...GOOD, idcard: '110105194912310021', phone: '12', name: '张' }, NOW)).sort(), ['idcard', 'name', 'phone'])
})

test('names of other lengths than two to four characters are taken', () => {
  for (const name of ['阿卜杜热合曼·阿卜杜克热木江·吐尔孙', 'ALEXANDRA CHRISTINA MONTGOMERY', '字'.repeat(64)]) assert.deepEqual(complaints({ ...GOOD, name }, NOW), {})
  assert.deepEqual(Object.keys(complaints({ ...GOOD, name: '字'.repeat(65) }, NOW)), ['name'])
})

test('of other identity documents sex and age are asked', () => {
  for (const [idcardKind, idcard] of [[ID_KIND.PASSPORT, 'AB1234567'], [ID_KIND.HONG_KONG_MACAU, 'H12345678'], [ID_KIND.TAIWAN, '12345678']]) {
    const foreign = { ...GOOD, idcardKind, idcard }
    assert.deepEqual(Object.keys(complaints(foreign, NOW)).sort(), ['if18', 'sex'])
    assert.deepEqual(Object.keys(complaints({ ...foreign, sex: 'w', if18: 'n' }, NOW)), ['guardianConsentGiven'])
    const wire = wireOf({ ...foreign, sex: 'w', if18: 'y' }, NOW)
    assert.deepEqual([wire.idcardKind, wire.idcard], [idcardKind, idcard])
  }
})

test('of a patient who is edited only what was typed is sent', () => {
  const fields = { ...fieldsOf(KNOWN), name: '李建帼' }
  assert.deepEqual(complaints(fields, NOW, KNOWN), {})
  assert.deepEqual(wireOf(fields, NOW, KNOWN), { id: 7, name: '李建帼', relation: '父母', sex: 'm', if18: 'y' })
  assert.equal(wireOf({ ...fields, phone: '029-85321234' }, NOW, KNOWN).phone, '029-85321234')
  assert.deepEqual(Object.keys(complaints({ ...fields, phone: '1389123456' }, NOW, KNOWN)), ['phone'])
})

test('another number or another kind of document is consented to again', () => {
  const fields = fieldsOf(KNOWN)
  assert.deepEqual(Object.keys(complaints({ ...fields, idcard: GOOD.idcard }, NOW, KNOWN)), ['consentGiven'])
  assert.deepEqual(Object.keys(complaints({ ...fields, idcardKind: ID_KIND.PASSPORT, consentGiven: true }, NOW, KNOWN)), ['idcard'])
  const wire = wireOf({ ...fields, idcard: GOOD.idcard, consentGiven: true }, NOW, KNOWN)
  assert.deepEqual([wire.idcard, wire.sex, wire.consentGiven], [GOOD.idcard, 'w', 'y'])
})

test('who turns out to be a minor needs the guardian’s consent', () => {
  const fields = { ...fieldsOf(KNOWN), if18: 'n' }
  assert.deepEqual(consentsNeeded(fields, KNOWN), { own: true, guardian: true })
  assert.deepEqual(Object.keys(complaints(fields, NOW, KNOWN)).sort(), ['consentGiven', 'guardianConsentGiven'])
  const minor = { ...KNOWN, if18: 'n' }
  assert.deepEqual(consentsNeeded(fieldsOf(minor), minor), { own: false, guardian: false })
})

test('a patient whose number is given later is asked for sex and age instead, and says so to the server', () => {
  const without = { ...BLANK, name: '李建国', relation: '父母', phone: '13822223333', withoutNumber: true }
  assert.deepEqual(Object.keys(complaints(without, NOW)).sort(), ['consentGiven', 'if18', 'sex'])
  const wire = wireOf({ ...without, sex: 'm', if18: 'y', consentGiven: true }, NOW)
  assert.deepEqual([wire.idcardLater, 'idcard' in wire, wire.consentGiven], ['y', false, 'y'])
  assert.equal('idcardLater' in wireOf({ ...without, withoutNumber: false, idcard: 'E12345678', idcardKind: '护照', sex: 'm', if18: 'y' }, NOW), false)
})
