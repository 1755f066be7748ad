const test = require('node:test')
const assert = require('node:assert/strict')
const { dayFrom, isDay, readableDay, readableTime, readableVisit, readableMoment, dayChoice, daysFrom, ageOn } = require('../utils/dates')

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

test('an age grows on the birthday', () => {
  assert.equal(ageOn('2008-11-24', Date.parse('2026-11-23T04:00:00Z')), 17)
  assert.equal(ageOn('2008-11-23', Date.parse('2026-11-23T04:00:00Z')), 18)
})

test('a time is said with its part of the day', () => {
  assert.deepEqual(['08:30', '12:00', '14:05', '', '8:30'].map(readableTime), ['上午 8:30', '中午 12:00', '下午 2:05', '', ''])
})

test('a visit is said by day and time, and says when the time is open', () => {
  const now = Date.parse('2026-11-30T04:00:00Z')
  assert.equal(readableVisit('2026-11-30', '08:30', now), '今天 11月30日 周一 上午 8:30')
  assert.equal(readableVisit('2026-12-02', '14:00', now), '12月2日 周三 下午 2:00')
  assert.equal(readableVisit('2026-12-01', '', now), '明天 12月1日 周二 时间待确认')
  assert.equal(readableVisit('', '', now), '')
})

test('a moment near to now is said in the shortest words', () => {
  const now = Date.parse('2026-11-30T04:00:00Z')
  assert.equal(readableMoment('2026-11-30 12:13:05', now), '今天 12:13')
  assert.equal(readableMoment('2026-11-29 08:03:00', now), '昨天 8:03')
  assert.equal(readableMoment('2026-12-05 08:03:00', now), '12月5日 周六 8:03')
  assert.equal(readableMoment('2025-12-05 08:03:00', now), '2025年12月5日 周五 8:03')
  assert.equal(readableMoment('刚刚', now), '刚刚')
})

test('a day as a choice has its name or its weekday, over month and day', () => {
  const now = Date.parse('2026-11-30T04:00:00Z')
  assert.deepEqual(daysFrom('2026-11-30', 4).map((day) => dayChoice(day, now).label), ['今天', '明天', '后天', '周四'])
  assert.deepEqual(dayChoice('2027-01-02', now), { value: '2027-01-02', label: '周六', day: '1月2日' })
})
