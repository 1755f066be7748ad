// The order form's fields apart from any screen: where they start, what is wrong with them, how they are sent.
// Their names are the wire's, so that the server's own complaints land beside the right field.

const { dayFrom, isDay } = require('../../../utils/dates')

const OTHER_HOSPITAL = 0

const LIMITS = { hospitalCustom: 64, department: 64, more: 10240 }

const BLANK = { serviceId: '', hospitalId: '', hospitalCustom: '', department: '', wantTime: '', friendid: '', more: '' }

/** The order in which fields stand on the page: the first wrong one is scrolled to. */
const ORDER = ['serviceId', 'hospitalId', 'hospitalCustom', 'department', 'friendid', 'wantTime', 'more']

/** What the user came with wins over what was typed last time. */
function startFields(draft, { serviceId, hospitalId, department }) {
  const fields = { ...BLANK, ...draft }
  if (department) fields.department = department
  if (serviceId) fields.serviceId = Number(serviceId)
  if (hospitalId) {
    fields.hospitalId = Number(hospitalId)
    fields.hospitalCustom = ''
  }
  return fields
}

/** The fields of an unpaid order, as user/getOrderStatus/ or user/getOrder/ gives it. */
function fieldsOf(order) {
  const hospitalId = Number(order.hospitalid) || OTHER_HOSPITAL
  return {
    serviceId: Number(order.serviceId),
    hospitalId,
    hospitalCustom: hospitalId === OTHER_HOSPITAL ? order.hospital : '',
    department: order.department || '',
    wantTime: order.wantTime || '',
    friendid: Number(order.friendid) || '',
    more: order.more || '',
  }
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

/** {field: sentence} for everything that keeps the order from being sent; empty when nothing does. */
function complaints(fields, now) {
  const wrong = {}
  if (!fields.serviceId) wrong.serviceId = '请选择服务'
  if (fields.hospitalId === '') wrong.hospitalId = '请选择医院'
  if (fields.hospitalId === OTHER_HOSPITAL && !fields.hospitalCustom.trim()) wrong.hospitalCustom = '请填写医院名称'
  if (!fields.friendid) wrong.friendid = '请选择就诊人'
  if (!isDay(fields.wantTime)) wrong.wantTime = '请选择就诊日期'
  else if (fields.wantTime < dayFrom(now, 0)) wrong.wantTime = '就诊日期已经过了，请重新选择'
  Object.keys(LIMITS).forEach((name) => {
    if (fields[name].length > LIMITS[name]) wrong[name] = `最多 ${LIMITS[name]} 个字`
  })
  return wrong
}

function firstWrong(wrong) {
  return ORDER.find((name) => wrong[name]) || ''
}

/** The body of user/create1order/. */
function wireOf(fields) {
  return {
    ...fields,
    hospitalCustom: fields.hospitalId === OTHER_HOSPITAL ? fields.hospitalCustom.trim() : '',
    department: fields.department.trim(),
  }
}

module.exports = { OTHER_HOSPITAL, LIMITS, BLANK, startFields, fieldsOf, stillValid, usualPatient, complaints, firstWrong, wireOf }
