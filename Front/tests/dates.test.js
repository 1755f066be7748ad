const test = require('node:test')
const assert = require('node:assert/strict')
const { dayFrom, isDay, readableDay, nearDays, ageOn } = require('../utils/dates')

test('the day is the hospital’s, wherever the phone is', () => {
  assert.equal(dayFrom(Date.parse('2026-11-23T15:59:59Z'), 0), '2026-11-23')
  assert.equal(dayFrom(Date.parse('2026-11-23T16:00:00Z'), 0), '2026-11-24')
  assert.equal(dayFrom(Date.parse('2026-12-31T12:00:00Z'), 1), '2027-01-01')
})

test('only days of the calendar are days', () => {
  assert.ok(isDay('2024-02-29'))
  for (const text of ['2023-02-29', '2024-13-01', '2024-1-1', '', undefined, 'tomorrow']) assert.ok(!isDay(text), String(text))
})

test('a day is written as people say it, with the year when it is another', () => {
  const now = Date.parse('2026-11-23T04:00:00Z')
  assert.equal(readableDay('2026-11-24', now), '11月24日 周二')
  assert.equal(readableDay('2027-01-01', now), '2027年1月1日 周五')
  assert.equal(readableDay('', now), '')
})

test('three quick days start today', () => {
  const days = nearDays(Date.parse('2026-11-30T04:00:00Z'))
  assert.deepEqual(days.map((day) => day.value), ['2026-11-30', '2026-12-01', '2026-12-02'])
  assert.deepEqual(days.map((day) => day.label), ['今天 周一', '明天 周二', '后天 周三'])
  assert.equal(days[1].day, '12月1日')
})

test('an age grows on the birthday', () => {
  assert.equal(ageOn('2008-11-24', Date.parse('2026-11-23T04:00:00Z')), 17)
  assert.equal(ageOn('2008-11-23', Date.parse('2026-11-23T04:00:00Z')), 18)
})
