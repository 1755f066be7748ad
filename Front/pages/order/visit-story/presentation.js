// A visit as people read it.

const { readableDay, readableMoment } = require('../../../utils/dates')

/** Longer than this between the two times: the step was pressed where there was no network. */
const LATE_MS = 2 * 60 * 1000

const msOf = (text) => Date.parse(`${(text || '').replace(' ', 'T')}+08:00`)

/** When it happened: by the escort's phone where the step arrived late, else by the server. */
function timeOf({ time, phoneTime }, now) {
  const late = phoneTime && msOf(time) - msOf(phoneTime) > LATE_MS
  return late ? `${readableMoment(phoneTime, now)}（${readableMoment(time, now)} 收到）` : readableMoment(time, now)
}

function presentStep(step, now) {
  const skipped = (step.skipped || []).join('、')
  return { ...step, photos: step.photos || [], files: [], when: timeOf(step, now), skipped: skipped ? `没有记录：${skipped}` : '' }
}

function presentReport(report, now) {
  const { nextVisit, confirmedBy, confirmedTime } = report
  const again = nextVisit && (nextVisit.day || nextVisit.note)
  return {
    ...report,
    photos: report.photos || [],
    files: [],
    sent: readableMoment(report.sentTime, now),
    next: again ? [readableDay(nextVisit.day, now), nextVisit.note].filter(Boolean).join(' ') : '',
    examinations: report.examinations.map((one) => ({ ...one, when: one.resultOn ? `${readableDay(one.resultOn, now)} 出结果` : '' })),
    confirmed: { user: `您已确认 · ${readableMoment(confirmedTime, now)}`, time: '没有人确认，已自动确认' }[confirmedBy] || '',
  }
}

const KINDS = { addition: '补充', question: '提问', answer: '答复' }

/** The story's data for one answer of the server: the newest step first, entries below the report as they came. */
function presentVisit(visit, now) {
  return {
    steps: [...visit.steps].reverse().map((step) => presentStep(step, now)),
    troubles: (visit.troubles || []).map((row) => ({ ...row, when: readableMoment(row.time, now) })),
    report: visit.report ? presentReport(visit.report, now) : null,
    entries: (visit.entries || []).map((row) => ({ ...row, name: KINDS[row.kind], when: readableMoment(row.time, now) })),
    consent: visit.consent || null,
  }
}

module.exports = { presentVisit }
