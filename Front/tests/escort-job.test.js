// What the job's page shows, from the server's steps and those that still wait on the phone.

const test = require('node:test')
const assert = require('node:assert/strict')
const { present, nextStep, withSent } = require('../packages/escort/job/presentation')
const { typedFrom, bodyFrom, problemsOf, EMPTY } = require('../packages/escort/report/body')
const { cellsOf, monthAfter } = require('../packages/escort/calendar/months')
const { dayAndTime, hourOf, timeLeft, clockTime } = require('../packages/escort/services/words')
const { WHAT } = require('../packages/escort/services/queue')

const JOB = { id: 7, day: '2026-12-01', time: '08:30', hospital: '西京医院', patient: '王芳', stage: '已安排', nodes: ['取号'], sex: 'w', mobility: 'wheelchair', hearing: 'impaired', answers: [] }
const found = (more = {}) => ({ job: JOB, steps: [], troubles: [], report: null, entries: [], ...more })
const waits = (kind, more = {}) => ({ actionId: `w-${kind}`, orderId: 7, what: WHAT.STEP, phoneTime: 1764550800000, refused: '', body: { kind, node: '' }, ...more })
const steps = (...kinds) => kinds.map((kind, index) => ({ id: index + 1, kind, time: '2026-12-01 08:0' + index + ':00', photos: [], skipped: [] }))

test('the large button follows the usual order, whatever was skipped', () => {
  assert.equal(nextStep(new Set()).kind, 'departed')
  assert.equal(nextStep(new Set(['departed', 'met', 'node'])).kind, 'parted')
  assert.equal(nextStep(new Set(['done'])), null)
})

test('a step that waits counts as pressed, a refused one does not', () => {
  assert.equal(present(found(), [waits('departed')], clockTime).next.kind, 'arrived')
  assert.equal(present(found(), [waits('departed', { refused: '这一单已改派' })], clockTime).next.kind, 'departed')
})

test('a step that the server has and the phone still holds is shown once', () => {
  const [sent] = steps('departed')
  const { rows } = present(found({ steps: [{ ...sent, actionId: 'w-departed' }] }), [waits('departed')], clockTime)
  assert.deepEqual(rows.map((row) => row.title), ['已出发'])
})

test('the newest step stands first, with what still waits', () => {
  const { rows, unsent } = present(found({ steps: steps('departed', 'arrived') }), [waits('met')], clockTime)
  assert.deepEqual(rows.map((row) => [row.title, !!row.waits]), [['已接到', true], ['已到达', false], ['已出发', false]])
  assert.equal(unsent, 1)
})

test('a step that was sent stays pressed until the list of the server has it', () => {
  const entry = waits('departed')
  const [sent] = withSent([], [entry])
  assert.equal(present(found({ steps: [sent] }), [], clockTime).next.kind, 'arrived')
  assert.deepEqual(present(found({ steps: [sent] }), [], clockTime).rows.map(({ title, time }) => [title, time]), [['已出发', clockTime(entry.phoneTime)]])
  const [known] = steps('departed')
  assert.equal(withSent([{ ...known, actionId: entry.actionId }], [entry]).length, 1)
})

test('what another escort did before the job changed hands is named, and counts for nothing', () => {
  const [departed] = steps('departed')
  const shown = present(found({ steps: [{ ...departed, author: '孙丽' }] }), [], clockTime)
  assert.deepEqual([shown.next.kind, shown.awaited, shown.started, shown.rows[0].author], ['departed', true, false, '孙丽'])
})

test('nobody is asked to come in time who has just said that they cannot', () => {
  const trouble = (kind, refused = '') => [{ actionId: 't', orderId: 7, what: WHAT.TROUBLE, refused, body: { kind } }]
  assert.equal(present(found(), [], clockTime).awaited, true)
  assert.equal(present(found(), trouble('cannot_come'), clockTime).awaited, false)
  assert.equal(present(found(), trouble('cannot_come', '已经改派'), clockTime).awaited, true)
  assert.equal(present(found(), trouble('late'), clockTime).awaited, true)
  assert.equal(present(found({ troubles: [{ kind: 'leave', open: true }] }), [], clockTime).awaited, false)
  assert.equal(present(found({ steps: steps('departed') }), [], clockTime).awaited, false)
})

test('when everything is done no step is offered', () => {
  const shown = present(found({ steps: steps('departed', 'done') }), [], clockTime)
  assert.deepEqual([shown.next, shown.others, shown.nodes, shown.over], [null, [], [], true])
})

test('the nodes of the service are offered once the escort is on the way', () => {
  assert.deepEqual(present(found(), [], clockTime).nodes, [])
  assert.deepEqual(present(found(), [waits('departed')], clockTime).nodes, ['取号'])
})

test('a patient who hears badly in a wheelchair is told as such, and what is empty is left out', () => {
  const { facts } = present(found(), [], clockTime)
  assert.deepEqual(facts, [{ name: '就诊人', value: '王芳，女 · 坐轮椅 · 听力不好，请大声、慢慢说' }])
})

test('amounts of a report are fen on the wire and yuan on the screen', () => {
  const typed = { ...EMPTY, doctor: ' 休息两周 ', outlays: [{ what: '挂号费', amount: '23.5' }, { what: '', amount: '' }] }
  const body = bodyFrom(typed)
  assert.deepEqual([body.doctor, body.outlays], ['休息两周', [{ what: '挂号费', amountFen: 2350 }]])
  assert.deepEqual(typedFrom(body).outlays, [{ what: '挂号费', amount: '23.50' }])
})

test('a report that says nothing, or an amount that is none, is not sent', () => {
  assert.deepEqual(Object.keys(problemsOf(EMPTY)), ['doctor'])
  const typed = { ...EMPTY, summary: '顺利', outlays: [{ what: '停车', amount: '十元' }], medicines: [{ name: '', use: '饭后' }] }
  assert.deepEqual(Object.keys(problemsOf(typed)), ['medicines', 'outlays'])
})

test('a row without a name stays on the phone until it has one', () => {
  const typed = { ...EMPTY, medicines: [{ name: '', use: '饭后' }, { name: '阿司匹林', use: '' }] }
  assert.deepEqual(bodyFrom(typed).medicines, [{ name: '阿司匹林', use: '' }])
})

test('a month begins under its weekday and knows leave, jobs and today', () => {
  const now = Date.parse('2026-12-15T03:00:00Z')
  const cells = cellsOf('2026-12', [{ day: '2026-12-15', jobs: [{ id: 1 }], leave: ['pm'] }, { day: '2026-12-31', jobs: [], leave: ['am', 'pm'] }], now)
  assert.equal(cells.findIndex((cell) => cell.day === '2026-12-01'), 1, 'a Tuesday')
  const at = (day) => cells.find((cell) => cell.day === day)
  assert.deepEqual([at('2026-12-15').off, at('2026-12-15').today, at('2026-12-31').off, at('2026-12-14').past], ['下午休', true, '休', true])
  assert.deepEqual([monthAfter('2026-12', 1), monthAfter('2027-01', -1)], ['2027-01', '2026-12'])
})

test('days and times read as people say them', () => {
  const now = Date.parse('2026-11-30T16:30:00Z') // half past midnight of the first of December at the hospital
  assert.equal(dayAndTime('2026-12-01', '08:30', now), '今天 8:30')
  assert.equal(dayAndTime('2026-12-02', '', now), '明天 时间待确认')
  assert.equal(dayAndTime('2026-12-02', hourOf({ time: '', half: 'am' }), now), '明天 上午，时间待确认')
  assert.equal(hourOf({ time: '08:30', half: 'am' }), '08:30')
  assert.equal(hourOf({ time: '', half: '' }), '')
  assert.equal(dayAndTime('2026-12-08', '14:00', now), '12月8日 周二 14:00')
  assert.deepEqual([timeLeft(1800), timeLeft(59), timeLeft(0), timeLeft(5400)], ['还剩 30 分钟', '还剩不到 1 分钟', '已过时', '还剩 1 小时 30 分'])
})
