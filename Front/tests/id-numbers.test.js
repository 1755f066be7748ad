const test = require('node:test')
const assert = require('node:assert/strict')
const { ID_KIND, ID_KINDS, EXAMPLES, checkCharacter, bareNumber, idNumberProblem, readNumber, grouped } = require('../utils/id-numbers')
const { phoneProblem, readPhone } = require('../utils/phone')

const PEOPLE = require('../../tests/data/people.json')
const NOW = Date.parse('2026-11-23T04:00:00Z')
const GOOD = '11010519491231002X'

/** A number made for the test: its check character is computed, the person does not exist. */
const numberOf = (digits) => digits + checkCharacter(digits)

test('the check character is the one of the standard’s own example', () => {
  assert.equal(checkCharacter('11010519491231002'), 'X')
})

test('a number tells birthday and sex, in upper or lower case, full-width and with spaces', () => {
  for (const written of [GOOD, ' 110105 19491231 002x', '１１０１０５ 1949 1231 002Ｘ', `\u202d${GOOD}\u202c`]) {
    assert.deepEqual(readNumber(ID_KIND.RESIDENT, written, NOW), { number: GOOD, birthday: '1949-12-31', sex: 'w' }, written)
  }
  assert.equal(readNumber(ID_KIND.RESIDENT, numberOf('11010519491231001'), NOW).sex, 'm')
  assert.equal(readNumber(ID_KIND.FOREIGN_RESIDENT, '911124198108030024', NOW).birthday, '1981-08-03')
  assert.equal(readNumber(ID_KIND.PASSPORT, GOOD, NOW), null)
})

test('each changed digit is noticed', () => {
  for (let place = 0; place < 17; place += 1) {
    const bad = GOOD.slice(0, place) + ((Number(GOOD[place]) + 1) % 10) + GOOD.slice(place + 1)
    assert.notEqual(idNumberProblem(ID_KIND.RESIDENT, bad, NOW), '', bad)
  }
})

test('ID numbers of every kind are taken', () => {
  const good = {
    [ID_KIND.RESIDENT]: [GOOD],
    [ID_KIND.PASSPORT]: ['E12345678', 'ea1234567', 'M1234567'],
    [ID_KIND.HONG_KONG_MACAU]: ['H12345678', 'm1234567800', 'A123456（7）', 'A1234567'],
    [ID_KIND.TAIWAN]: ['12345678', '1234 5678', '1234567890(A)'],
    [ID_KIND.FOREIGN_RESIDENT]: ['USA110199010112', '911124198108030024'],
  }
  for (const kind of ID_KINDS) for (const number of good[kind]) assert.equal(idNumberProblem(kind, number, NOW), '', `${kind} ${number}`)
  assert.deepEqual(Object.keys(EXAMPLES), ID_KINDS)
})

test('the form says of phones and ID numbers what the server says', () => {
  for (const [text, problem] of PEOPLE.phones) assert.equal(phoneProblem(text), problem, text)
  for (const [kind, text, problem] of PEOPLE.id_numbers) assert.equal(idNumberProblem(kind, text, NOW), problem, `${kind} ${text}`)
})

test('a day that does not exist, lies in the future or in another age is refused', () => {
  for (const day of ['20230229', '20261124', '18000101', '20231301']) assert.match(idNumberProblem(ID_KIND.RESIDENT, numberOf(`110105${day}002`), NOW), /出生日期/, day)
})

test('a number is shown in groups', () => {
  assert.equal(grouped(ID_KIND.RESIDENT, '11010519491231002x'), '110105 1949 1231 002X')
  assert.equal(grouped(ID_KIND.RESIDENT, '1101051949'), '110105 1949')
  assert.equal(grouped(ID_KIND.RESIDENT, ''), '')
  assert.equal(grouped(ID_KIND.PASSPORT, 'e12345678'), 'E123 4567 8')
  assert.equal(bareNumber(' a123456（7） '), 'A123456(7)')
})

test('a phone is sent as it was written, half-width', () => {
  assert.equal(readPhone(' １３８００１３８０００ '), '13800138000')
  assert.equal(readPhone('1389123456'), '')
})
