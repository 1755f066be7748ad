const test = require('node:test')
const assert = require('node:assert/strict')
const { PAPER, PAPERS, EXAMPLES, checkCharacter, bareNumber, paperProblem, readNumber, grouped } = require('../utils/papers')
const { phoneProblem, readPhone } = require('../utils/phone')

const NOW = Date.parse('2026-11-23T04:00:00Z')
const GOOD = '11010519491231002X'

/** A number made for the test: its check character is computed, the person does not exist. */
const numberOf = (digits) => digits + checkCharacter(digits)

test('the check character is the one of the standard’s own example', () => {
  assert.equal(checkCharacter('11010519491231002'), 'X')
})

test('a number tells birthday and sex, in upper or lower case, full-width and with spaces', () => {
  for (const written of [GOOD, ' 110105 19491231 002x', '１１０１０５ 1949 1231 002Ｘ', `\u202d${GOOD}\u202c`]) {
    assert.deepEqual(readNumber(PAPER.RESIDENT, written, NOW), { number: GOOD, birthday: '1949-12-31', sex: 'w' }, written)
  }
  assert.equal(readNumber(PAPER.RESIDENT, numberOf('11010519491231001'), NOW).sex, 'm')
  assert.equal(readNumber(PAPER.FOREIGN_RESIDENT, '911124198108030024', NOW).birthday, '1981-08-03')
  assert.equal(readNumber(PAPER.PASSPORT, GOOD, NOW), null)
})

test('each changed digit is noticed', () => {
  for (let place = 0; place < 17; place += 1) {
    const bad = GOOD.slice(0, place) + ((Number(GOOD[place]) + 1) % 10) + GOOD.slice(place + 1)
    assert.notEqual(paperProblem(PAPER.RESIDENT, bad, NOW), '', bad)
  }
})

test('papers of every kind are taken', () => {
  const good = {
    [PAPER.RESIDENT]: [GOOD],
    [PAPER.PASSPORT]: ['E12345678', 'ea1234567', 'M1234567'],
    [PAPER.HONG_KONG_MACAU]: ['H12345678', 'm1234567800', 'A123456（7）', 'A1234567'],
    [PAPER.TAIWAN]: ['12345678', '1234 5678', '1234567890(A)'],
    [PAPER.FOREIGN_RESIDENT]: ['USA110199010112', '911124198108030024'],
  }
  for (const kind of PAPERS) for (const number of good[kind]) assert.equal(paperProblem(kind, number, NOW), '', `${kind} ${number}`)
  assert.deepEqual(Object.keys(EXAMPLES), PAPERS)
})

test('an error names its case', () => {
  const cases = [
    [PAPER.RESIDENT, '11010519491231002', '少一位：身份证号是 18 位，现在是 17 位'],
    [PAPER.RESIDENT, '1101051949123100211', '多一位：身份证号是 18 位，现在是 19 位'],
    [PAPER.RESIDENT, '110105194912310021', '第 18 位不对，请逐位核对整个号码'],
    [PAPER.RESIDENT, '110105491231002', '这是 15 位旧号码，请填写 18 位身份证号'],
    [PAPER.RESIDENT, '1101O519491231002X', '第 5 位不对，应为数字'],
    [PAPER.RESIDENT, '11010519491331002X', '第 7 到 14 位（出生日期）不对'],
    [PAPER.RESIDENT, '911124198108030024', '9 开头的是外国人永久居留身份证号，请改选证件类型'],
    [PAPER.RESIDENT, ' ', '请填写证件号码'],
    [PAPER.HONG_KONG_MACAU, 'H1234567', '少一位：通行证号码是 9 位，现在是 8 位'],
    [PAPER.TAIWAN, '1234567', '少一位：通行证号码是 8 位，现在是 7 位'],
    [PAPER.FOREIGN_RESIDENT, 'USA11019901011', '少一位：旧版号码是 15 位，现在是 14 位'],
    [PAPER.PASSPORT, 'ABCDEFGH', '护照号码是 5 到 20 位字母和数字，例如 E12345678'],
  ]
  for (const [kind, number, said] of cases) assert.equal(paperProblem(kind, number, NOW), said)
})

test('a day that does not exist, lies in the future or in another age is refused', () => {
  for (const day of ['20230229', '20261124', '18000101', '20231301']) assert.match(paperProblem(PAPER.RESIDENT, numberOf(`110105${day}002`), NOW), /出生日期/, day)
})

test('a number is shown in groups', () => {
  assert.equal(grouped(PAPER.RESIDENT, '11010519491231002x'), '110105 1949 1231 002X')
  assert.equal(grouped(PAPER.RESIDENT, '1101051949'), '110105 1949')
  assert.equal(grouped(PAPER.RESIDENT, ''), '')
  assert.equal(grouped(PAPER.PASSPORT, 'e12345678'), 'E123 4567 8')
  assert.equal(bareNumber(' a123456（7） '), 'A123456(7)')
})

test('phones are taken however they are written', () => {
  const good = ['13800138000', '\u202d138 0013 8000\u202c', '１３８００１３８０００', '+86 138-0013-8000', '8613800138000', '029-85321234', '（029）85321234', '029-85321234转801', '029-85321234-801', '010-62345678', '0915 3212345', '400-800-1234', '+1 650 253 0000', '+852 6123 4567']
  for (const number of good) assert.equal(phoneProblem(number), '', number)
  assert.equal(readPhone(' １３８００１３８０００ '), '13800138000')
})

test('a phone that is none is refused with its case', () => {
  const cases = [
    ['------', '请填写电话号码'],
    ['', '请填写电话号码'],
    ['1389123456', '手机号应为 11 位，现在是 10 位'],
    ['123456', '手机号应为 11 位，现在是 6 位'],
    ['12345678901', '手机号不对，请检查前三位'],
    ['85321234', '座机号码请加上区号，例如 029-85321234'],
    ['029123', '座机号码不对，请检查区号和号码'],
    ['13800138000、13900139000', '只能填一个电话号码'],
    ['打我电话1', '电话号码里只能有数字'],
    ['+12', '国际号码不对，请检查国家代码和号码'],
    ['999999', '电话号码不对，请检查'],
  ]
  for (const [number, said] of cases) {
    assert.equal(phoneProblem(number), said, number)
    assert.equal(readPhone(number), '')
  }
})
