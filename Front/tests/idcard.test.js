const test = require('node:test')
const assert = require('node:assert/strict')
const { checkCharacter, readResidentNumber, readPassportNumber } = require('../utils/idcard')

const NOW = Date.parse('2026-11-23T04:00:00Z')

/** A number made for the test: its check character is computed, the person does not exist. */
const numberOf = (digits) => digits + checkCharacter(digits)

test('the check character is the one of the standard’s own example', () => {
  assert.equal(checkCharacter('11010519491231002'), 'X')
})

test('a number tells birthday and sex, in upper or lower case and with spaces', () => {
  assert.deepEqual(readResidentNumber(' 110105 19491231 002x', NOW), { number: '11010519491231002X', birthday: '1949-12-31', sex: 'w' })
  assert.equal(readResidentNumber(numberOf('11010519491231001'), NOW).sex, 'm')
})

test('each changed digit is noticed', () => {
  const good = '11010519491231002X'
  for (let place = 0; place < 17; place += 1) {
    const bad = good.slice(0, place) + ((Number(good[place]) + 1) % 10) + good.slice(place + 1)
    assert.equal(readResidentNumber(bad, NOW), null, bad)
  }
})

test('a day that does not exist, lies in the future or in another age is refused', () => {
  for (const day of ['20230229', '20261124', '18000101', '20231301']) assert.equal(readResidentNumber(numberOf(`110105${day}002`), NOW), null, day)
})

test('other lengths and letters are no resident number', () => {
  for (const text of ['', '110105491231002', '1101051949123100XX', undefined, '01010519491231002X']) assert.equal(readResidentNumber(text, NOW), null)
})

test('a passport number holds letters and digits', () => {
  assert.equal(readPassportNumber(' e1234-5678 '), 'E12345678')
  for (const text of ['', 'ABCDEFGH', 'E123', '中文12345678', 'E'.repeat(30)]) assert.equal(readPassportNumber(text), '')
})
