// A report as it is typed, and as the server keeps it (docs/visit.md).

const { toFen, fromFen } = require('../../../utils/money')

const PAPERS = ['病历本', '检查报告', '片子', '发票', '处方', '医保卡', '身份证', '药品']

const EMPTY = { doctor: '', examinations: [], medicines: [], nextVisit: { day: '', note: '' }, papers: [], outlays: [], summary: '' }

/** 2350 fen as it is typed: '23.50'. */
const typedAmount = (fen) => fromFen(fen).slice(1)

/** The server's body as fields: amounts as text. */
function typedFrom(body) {
  const known = { ...EMPTY, ...body }
  return {
    ...known,
    nextVisit: { ...EMPTY.nextVisit, ...known.nextVisit },
    outlays: known.outlays.map(({ what, amountFen }) => ({ what, amount: typedAmount(amountFen || 0) })),
  }
}

const filled = (row) => Object.values(row).some((value) => String(value).trim())

const named = (row) => (row.name === undefined ? row.what : row.name).trim()

/** The fields as the server keeps them: rows that have no name yet stay on the phone. Amounts that are none count as nothing. */
function bodyFrom(typed) {
  return {
    ...typed,
    doctor: typed.doctor.trim(),
    summary: typed.summary.trim(),
    examinations: typed.examinations.filter(named),
    medicines: typed.medicines.filter(named),
    outlays: typed.outlays.filter(named).map(({ what, amount }) => ({ what: what.trim(), amountFen: toFen(amount) || 0 })),
  }
}

/** What has to be mended before it is sent: {field: sentence}. */
function problemsOf(typed) {
  const wrong = {}
  if (!typed.doctor.trim() && !typed.summary.trim()) wrong.doctor = '至少写一写医生怎么说，或者今天的情况'
  if (typed.examinations.some((row) => filled(row) && !row.name.trim())) wrong.examinations = '请写检查的名称'
  if (typed.medicines.some((row) => filled(row) && !row.name.trim())) wrong.medicines = '请写药名'
  if (typed.outlays.some((row) => filled(row) && (!row.what.trim() || Number.isNaN(toFen(row.amount))))) wrong.outlays = '请写用途和金额，比如 23.5'
  return wrong
}

module.exports = { PAPERS, EMPTY, typedFrom, bodyFrom, problemsOf }
