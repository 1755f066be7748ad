// What the job's page shows, from what the server knows and what still waits on the phone.

const { dayAndTime, hourOf, hospitalTime } = require('../services/words')
const { readableDay } = require('../../../utils/dates')
const { STEP, CHAIN, TROUBLES, stepTitle, troubleTitle } = require('../texts/steps')
const { WHAT } = require('../services/queue')
const { PROGRESS } = require('../../../services/states')

const MOBILITY = { independent: '自己走', cane: '拄拐杖', wheelchair: '坐轮椅' }
const HEARING = { good: '听力正常', impaired: '听力不好，请大声、慢慢说' }
const APPOINTMENT = { registered: '已挂号', help: '需要协助挂号', not_needed: '不用挂号' }
const SEX = { m: '男', w: '女' }

/** The steps of the server and those that wait, as rows of one list, the newest first. */
function rowsOf(steps, waiting, clockTime) {
  const known = new Set(steps.map((step) => step.actionId).filter(Boolean))
  const kept = waiting.filter((entry) => entry.what === WHAT.STEP && !known.has(entry.actionId))
  const photosOf = (actionId) => waiting.filter((entry) => entry.what === WHAT.PHOTO && entry.stepActionId === actionId).length
  const sent = steps.map((step) => ({
    key: `s${step.id}`,
    title: step.title || stepTitle(step),
    time: (step.phoneTime || step.time || '').slice(11, 16),
    note: step.note || '',
    photos: step.photos || [],
    pictures: [],
    photosWaiting: photosOf(step.actionId),
    skipped: (step.skipped || []).join('、'),
    author: step.author || '',
  }))
  const unsent = kept.map((entry) => ({
    key: entry.actionId,
    actionId: entry.actionId,
    title: stepTitle(entry.body),
    time: clockTime(entry.phoneTime),
    note: entry.body.note || '',
    photos: [],
    pictures: [],
    photosWaiting: photosOf(entry.actionId),
    waits: !entry.refused,
    refused: entry.refused,
  }))
  return [...sent, ...unsent].reverse()
}

/** The server's steps, and those that it took since it was asked for them. */
function withSent(steps, sent) {
  const known = new Set(steps.map((step) => step.actionId))
  const taken = sent.filter(({ actionId }) => !known.has(actionId))
  return [...steps, ...taken.map(({ actionId, body, phoneTime }) => ({ id: actionId, actionId, ...body, phoneTime: hospitalTime(phoneTime) }))]
}

/** What this escort has pressed so far, sent or not: kinds of the chain. What another one did before is theirs. */
function pressedKinds(steps, waiting) {
  const kept = waiting.filter((entry) => entry.what === WHAT.STEP && !entry.refused).map((entry) => entry.body.kind)
  return new Set([...steps.filter((step) => !step.author).map((step) => step.kind), ...kept])
}

/** The step that usually comes now; null when nothing is left. */
function nextStep(pressed) {
  const last = CHAIN.reduce((at, step, index) => (pressed.has(step.kind) ? index : at), -1)
  return CHAIN[last + 1] || null
}

/** Everything that waits and is no step: as sentences. */
const alsoWaiting = (waiting) => waiting.filter((entry) => entry.what === WHAT.TROUBLE).map((entry) => ({
  key: entry.actionId,
  actionId: entry.actionId,
  title: troubleTitle(entry.body.kind),
  refused: entry.refused,
}))

/** Has the escort told the office, or just pressed, that they cannot come? */
function saysNo(troubles, waiting) {
  const told = (troubles || []).filter(({ open }) => open).map(({ kind }) => kind)
  const kept = waiting.filter((entry) => entry.what === WHAT.TROUBLE && !entry.refused).map((entry) => entry.body.kind)
  return [...told, ...kept].some((kind) => kind === 'cannot_come' || kind === 'leave')
}

/** {name, value} lines about the patient and the place. */
function factsOf(job) {
  const person = [SEX[job.sex], job.adult === false ? '未成年' : '', MOBILITY[job.mobility], HEARING[job.hearing]].filter(Boolean).join(' · ')
  return [
    { name: '就诊人', value: [job.patient, person].filter(Boolean).join('，') },
    { name: '服务', value: job.service },
    { name: '科室', value: job.department },
    { name: '挂号', value: APPOINTMENT[job.appointment] },
    ...(job.answers || []).map(({ label, text }) => ({ name: label, value: text })),
    { name: '特殊要求', value: job.wishes },
  ].filter(({ value }) => value)
}

/**
 * @param {{job, steps, troubles, report, entries, supplements}} found  what the server knows
 * @param {object[]} waiting  entries of the queue for this order
 * @param {(ms: number) => string} clockTime
 */
function present({ job, steps, troubles, report, entries, supplements = [] }, waiting, clockTime) {
  const pressed = pressedKinds(steps, waiting)
  const over = job.former || job.state === PROGRESS.FINISHED || pressed.has(STEP.DONE)
  const next = over ? null : nextStep(pressed)
  return {
    job,
    when: job.former ? readableDay(job.day, Date.now()) : dayAndTime(job.day, hourOf(job)),
    place: [job.hospital, job.campus].filter(Boolean).join(' · '),
    facts: factsOf(job),
    next,
    others: over ? [] : CHAIN.filter((step) => (!next || step.kind !== next.kind) && !pressed.has(step.kind)),
    nodes: over || !pressed.size ? [] : job.nodes || [],
    over,
    rows: rowsOf(steps, waiting, clockTime),
    extraWaiting: alsoWaiting(waiting),
    unsent: waiting.filter((entry) => !entry.refused).length,
    troubles: (troubles || []).map((trouble) => ({ ...trouble, title: troubleTitle(trouble.kind) })),
    choices: TROUBLES,
    started: pressed.size > 0,
    awaited: !job.escortConfirmed && !over && !pressed.size && !saysNo(troubles, waiting),
    questions: (entries || []).filter((entry) => entry.kind === 'question' && entry.open).length,
    reportSent: !!(report && report.sentTime),
    supplements: supplements.map((row) => ({ ...row, done: ['paid', 'withdrawn'].includes(row.state) })).reverse(),
  }
}

module.exports = { present, withSent, factsOf, nextStep, rowsOf }
