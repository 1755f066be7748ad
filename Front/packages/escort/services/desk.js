// What an escort asks of the server and tells it at once. What has to survive a basement goes through outgoing.js.

const { server, pictureUrl } = require('../../../services/server')

/** {name, today, next, invitations, unanswered, reports, ratings} */
const workbench = () => server.get('escort/workbench/')

const invitations = async () => (await server.get('escort/invitations/')).data || []

/** Resolves with the order's id. Refused when another escort was first, or the time is over. */
const accept = async (id) => (await server.post('escort/accept/', { id })).orderId

const decline = (id, reason) => server.post('escort/decline/', { id, reason })

/** [{day, jobs, leave}] of a month, YYYY-MM. */
const calendar = async (month) => (await server.get('escort/calendar/', { month })).days || []

/** Takes leave of half a day ('am', 'pm') or a whole one ('day'), or takes it back; the orders that stand in the way. */
const leave = async (day, half, on, reason) => (await server.post('escort/leave/', { day, half, on: on ? 'y' : 'n', reason })).conflicts || []

/** {job, steps, troubles, report, entries, supplements}: supplements are those that this escort has proposed. */
async function job(id) {
  const answer = await server.get('escort/job/', { id })
  return { job: answer.job, steps: answer.steps || [], troubles: answer.troubles || [], report: answer.report || null, entries: answer.entries || [], supplements: answer.supplements || [] }
}

/** Asks the family to pay something more: {kind, amount, reason}. The same action again is the same supplement. */
const proposeSupplement = (id, actionId, fields) => server.post('escort/supplement/', { id, actionId, ...fields })

/** Adds the photo of its receipt to what was proposed by this action. */
const uploadReceipt = (id, actionId, filePath) => server.upload(`escort/supplementReceipt/?id=${id}&actionId=${actionId}`, 'file', filePath)

/** {body, version, state, sentTime}; `version` is 0 while there is no draft. */
const report = (id) => server.get('escort/report/', { id })

/** Keeps a draft; resolves with its new version. Refused (report_newer) when another phone has kept a newer one. */
const saveReport = async (id, body, version) => (await server.post('escort/report/', { id, body: JSON.stringify(body), version })).version

const sendReport = (id, version) => server.post('escort/sendReport/', { id, version })

const addToReport = (id, text, actionId) => server.post('escort/addToReport/', { id, text, actionId })

const answerQuestion = (id, questionId, text, actionId) => server.post('escort/answerQuestion/', { id, questionId, text, actionId })

/** A page of the escort's own ratings: {rows, next}. */
async function ratings(before) {
  const answer = await server.get('escort/ratings/', before ? { before } : {})
  return { rows: answer.data || [], next: answer.next || 0 }
}

/** {profile, waiting, portrait}: what families see, what waits for the office (or null), and the picture to show here. */
async function introduction() {
  const { profile, waiting } = await server.get('escort/profile/')
  const unseen = waiting && waiting.portrait ? await server.download(waiting.portrait).catch(() => '') : ''
  return { profile, waiting, portrait: unseen || pictureUrl(profile.portrait) }
}

const saveIntroduction = ({ introduction: text, years, shown, removePortrait }) =>
  server.post('escort/profile/', { introduction: text, years, shown: shown ? 'y' : 'n', removePortrait: removePortrait ? 'y' : 'n' })

const uploadPortrait = (filePath) => server.upload('escort/portrait/', 'portrait', filePath)

/** [{kind, title, current, latest}]: of each kind what the office approved, and what was uploaded after that. */
const documents = async () => (await server.get('escort/qualifications/')).data || []

/** Hands a document in; `lastDay` is empty for one that does not expire. Resolves with all of them. */
const uploadDocument = async (filePath, kind, lastDay) =>
  (await server.upload(`escort/qualification/?kind=${kind}&expiresOn=${lastDay}`, 'file', filePath)).data || []

module.exports = {
  workbench, invitations, accept, decline, calendar, leave, job, report, saveReport, sendReport, addToReport, answerQuestion, ratings, introduction, saveIntroduction, uploadPortrait, documents, uploadDocument, proposeSupplement, uploadReceipt,
}
