// The order form's fields apart from any screen: where they start, what is wrong with them, how they are sent.
// Their names are the wire's, so that the server's own complaints land beside the right field.

const { dayFrom, isDay } = require('../../../utils/dates')
const { phoneProblem, readPhone } = require('../../../utils/phone')
const { TAKES } = require('../../../services/states')

const OTHER_HOSPITAL = 0

/** The visit's time is left open: the office settles it. Empty is a question that has not been answered. */
const LATER = 'later'

/** Whom the escort calls on the day: the patient, a number that is typed, or the one that the order has, known masked. */
const CONTACT = { PATIENT: 'patient', OTHER: 'other', KEPT: 'kept' }

const LIMITS = { hospitalCustom: 64, campus: 64, department: 64, meetingPoint: 128, more: 10240 }

const BLANK = {
  serviceId: '', hospitalId: '', hospitalCustom: '', campus: '', department: '', appointment: '', answers: {},
  friendid: '', contact: CONTACT.PATIENT, contactPhone: '', keptPhone: '', mobility: '', hearing: '', wantTime: '', visitTime: '', meetingPoint: '', more: '', escortId: '',
}

/** The three steps and the fields of each, in the order in which they stand on the page. */
const STEP = { WHAT: 1, WHO: 2, PAY: 3 }
const FIELDS = {
  [STEP.WHAT]: ['serviceId', 'hospitalId', 'hospitalCustom', 'campus', 'department', 'appointment', 'answers'],
  [STEP.WHO]: ['friendid', 'wantTime', 'visitTime', 'meetingPoint', 'contactPhone', 'mobility', 'hearing', 'more'],
}

/** What the user came with wins over what was typed last time. */
function startFields(draft, { serviceId, hospitalId, department, escortId }) {
  const fields = { ...BLANK, ...draft }
  if (serviceId) fields.serviceId = Number(serviceId)
  if (escortId) fields.escortId = Number(escortId)
  if (department) fields.department = department
  if (hospitalId) {
    if (Number(hospitalId) !== fields.hospitalId) Object.assign(fields, { campus: '', meetingPoint: '' })
    fields.hospitalId = Number(hospitalId)
    fields.hospitalCustom = ''
  }
  return fields
}

/** Fields that an order has under the same name, as text. */
const AS_THEY_ARE = ['campus', 'department', 'appointment', 'mobility', 'hearing', 'wantTime', 'meetingPoint', 'more']

/** The fields of an order, as user/getOrder/ gives it; an older server, or a list, gives fewer. */
function fieldsOf(order, questions = []) {
  const hospitalId = Number(order.hospitalid) || OTHER_HOSPITAL
  const same = AS_THEY_ARE.reduce((all, name) => ({ ...all, [name]: order[name] || '' }), {})
  return {
    ...BLANK,
    ...same,
    serviceId: Number(order.serviceId),
    hospitalId,
    hospitalCustom: hospitalId === OTHER_HOSPITAL ? order.hospital : '',
    answers: answersOf(order, questions),
    friendid: Number(order.friendid) || '',
    contact: order.contactPhone ? CONTACT.KEPT : CONTACT.PATIENT,
    keptPhone: order.contactPhone || '',
    visitTime: order.visitTime || LATER,
    escortId: order.preferredEscortId || '',
  }
}

/** The answers by the keys of the questions; of a question that is not asked any more, none. */
function answersOf(order, questions) {
  const of = ({ label }) => (order.answers || []).find((answer) => answer.label === label)
  const said = (question) => (question.kind === 'yes_no' ? ({ 是: 'y', 否: 'n' }[of(question).text] || of(question).text) : of(question).text)
  return questions.filter(of).reduce((all, question) => ({ ...all, [question.key]: said(question) }), {})
}

/** Drops what no longer exists (a service taken off, a patient deleted) or has passed (the day). */
function stillValid(fields, { variantIds, hospitalIds, patientIds, now }) {
  const has = (ids, id) => ids.some((known) => String(known) === String(id))
  return {
    ...fields,
    serviceId: has(variantIds, fields.serviceId) ? fields.serviceId : '',
    hospitalId: fields.hospitalId === OTHER_HOSPITAL || has(hospitalIds, fields.hospitalId) ? fields.hospitalId : '',
    friendid: has(patientIds, fields.friendid) ? fields.friendid : '',
    wantTime: isDay(fields.wantTime) && fields.wantTime >= dayFrom(now, 0) ? fields.wantTime : '',
  }
}

/** Whom to preselect: who was just added, the patient of the newest order, or the only one. */
function usualPatient(patients, orders, added) {
  const known = (id) => patients.some((patient) => String(patient.id) === String(id))
  if (known(added)) return Number(added)
  const last = orders.find((order) => known(order.friendid))
  if (last) return Number(last.friendid)
  return patients.length === 1 ? patients[0].id : ''
}

/** Where this patient went last, as fields; null for a patient who has not been anywhere. */
function usualPlace(patientId, orders) {
  const last = orders.find((order) => String(order.friendid) === String(patientId))
  if (!last) return null
  const { hospitalId, hospitalCustom, department } = fieldsOf(last)
  return { hospitalId, hospitalCustom, department, campus: '', meetingPoint: '' }
}

/** An errand is done without the patient: nobody is met, moved or heard. */
const isErrand = (variant) => !!variant && variant.takes === TAKES.ERRAND

function answerComplaint(questions, answers) {
  const missing = questions.find(({ key, required }) => required && !(answers[key] || '').trim())
  if (missing) return `请填写：${missing.label}`
  const long = questions.find(({ key, max }) => max && (answers[key] || '').length > max)
  return long ? `${long.label}：最多 ${long.max} 个字` : ''
}

/**
 * {field: sentence} for everything that keeps the order from being sent; empty when nothing does.
 * @param {object} fields
 * @param {number} now
 * @param {object|null} variant  the chosen service's variant, with its questions
 */
function complaints(fields, now, variant = null) {
  const wrong = {}
  if (!fields.serviceId) wrong.serviceId = '请选择服务'
  if (fields.hospitalId === '') wrong.hospitalId = '请选择医院'
  if (fields.hospitalId === OTHER_HOSPITAL && !fields.hospitalCustom.trim()) wrong.hospitalCustom = '请填写医院名称'
  const unanswered = variant ? answerComplaint(variant.questions, fields.answers) : ''
  if (unanswered) wrong.answers = unanswered
  if (!fields.friendid) wrong.friendid = '请选择就诊人'
  if (fields.contact === CONTACT.OTHER) {
    const problem = phoneProblem(fields.contactPhone)
    if (problem) wrong.contactPhone = problem
  }
  if (!isDay(fields.wantTime)) wrong.wantTime = '请选择就诊日期'
  else if (fields.wantTime < dayFrom(now, 0)) wrong.wantTime = '就诊日期已经过了，请重新选择'
  if (!fields.visitTime) wrong.visitTime = '请选择时间，定不下来就选“还不确定”'
  Object.keys(LIMITS).forEach((name) => {
    if (fields[name].length > LIMITS[name]) wrong[name] = `最多 ${LIMITS[name]} 个字`
  })
  return wrong
}

/** The complaints about one step's fields. */
function complaintsOf(step, wrong) {
  return FIELDS[step].reduce((found, name) => (wrong[name] ? { ...found, [name]: wrong[name] } : found), {})
}

const ORDER = [...FIELDS[STEP.WHAT], ...FIELDS[STEP.WHO]]

function firstWrong(wrong) {
  return ORDER.find((name) => wrong[name]) || ''
}

/** The step on which a field stands. */
const stepOf = (name) => (FIELDS[STEP.WHAT].includes(name) ? STEP.WHAT : STEP.WHO)

/** The body of user/create1order/. What the service does not need is not sent, even if it was typed for another one. */
function wireOf(fields, variant = null) {
  const errand = isErrand(variant)
  const questions = variant ? variant.questions : []
  const answers = questions.reduce((given, { key }) => {
    const text = (fields.answers[key] || '').trim()
    return text ? { ...given, [key]: text } : given
  }, {})
  const wire = {
    serviceId: fields.serviceId,
    hospitalId: fields.hospitalId,
    hospitalCustom: fields.hospitalId === OTHER_HOSPITAL ? fields.hospitalCustom.trim() : '',
    campus: fields.campus.trim(),
    department: fields.department.trim(),
    friendid: fields.friendid,
    wantTime: fields.wantTime,
    visitTime: fields.visitTime === LATER ? '' : fields.visitTime,
    meetingPoint: errand ? '' : fields.meetingPoint.trim(),
    appointment: errand ? '' : fields.appointment,
    mobility: errand ? '' : fields.mobility,
    hearing: errand ? '' : fields.hearing,
    answers: JSON.stringify(answers),
    more: fields.more,
  }
  // A number that is only known masked is left out, and so stays.
  if (fields.contact !== CONTACT.KEPT) wire.contactPhone = fields.contact === CONTACT.OTHER ? readPhone(fields.contactPhone) : ''
  if (fields.escortId !== '') wire.escortId = fields.escortId
  return wire
}

module.exports = {
  OTHER_HOSPITAL, LATER, CONTACT, LIMITS, BLANK, STEP,
  startFields, fieldsOf, stillValid, usualPatient, usualPlace, isErrand, complaints, complaintsOf, firstWrong, stepOf, wireOf,
}
