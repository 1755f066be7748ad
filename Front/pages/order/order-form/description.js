// What the order form's choices are called, and what is asked because of them.

const catalog = require('../../../services/catalog')
const { readableDay, readableVisit } = require('../../../utils/dates')
const { OTHER_HOSPITAL, LATER, CONTACT, isErrand } = require('./fields')

/** Hospitals that are one tap away: those of earlier orders, then the first of the catalog. */
const NEAR = 4

function nearHospitals(hospitals, mine, chosenId) {
  const been = mine.map(({ hospitalid }) => hospitals.find(({ id }) => String(id) === String(hospitalid))).filter(Boolean)
  const chosen = hospitals.find(({ id }) => id === chosenId)
  const near = [...new Set([...been, ...hospitals])].slice(0, NEAR)
  if (chosen && !near.includes(chosen)) near[near.length - 1] = chosen
  return near.map(({ id, name }) => ({ value: id, label: name }))
}

const priced = ({ id, unit, price }) => ({ value: id, label: `${unit} ${price}` })

const asked = (question, answers) => ({ ...question, given: answers[question.key] || '', choices: question.kind === 'yes_no' ? YES_NO : question.choices || [] })

const contactsOf = ({ keptPhone }) => [
  ...(keptPhone ? [{ value: CONTACT.KEPT, label: keptPhone }] : []), { value: CONTACT.PATIENT, label: '就诊人本人' }, { value: CONTACT.OTHER, label: '另一个电话' },
]

const YES_NO = [{ value: 'y', label: '是' }, { value: 'n', label: '否' }]

const NO_HOSPITAL = { name: '', campuses: [], departments: [], meetingPoints: [] }
const NO_VARIANT = { unit: '', price: '', needsIdNumber: true, questions: [] }

function placeOf(fields, hospitals) {
  const other = fields.hospitalId === OTHER_HOSPITAL
  const { name, campuses, departments, meetingPoints } = hospitals.find((row) => row.id === fields.hospitalId) || NO_HOSPITAL
  return {
    hospital: other ? '其他医院' : name,
    place: [other ? fields.hospitalCustom : name, fields.campus, fields.department].filter(Boolean).join(' · '),
    campuses, departments, meetingPoints,
  }
}

function personOf(fields, patients, { needsIdNumber }) {
  const patient = patients.find((row) => row.id === fields.friendid)
  if (!patient) return { patient: '', name: '', lacksIdNumber: false }
  return { patient: `${patient.name}（${patient.relation}）`, name: patient.name, lacksIdNumber: needsIdNumber && patient.idcard === '' }
}

/**
 * @param {object} fields
 * @param {{services: object[], hospitals: object[], patients: object[]}} offered
 * @param {object[]} mine  the caller's newest orders
 */
function describe(fields, { services, hospitals, patients }, mine, now) {
  const { service, variant } = catalog.findVariant(services, fields.serviceId) || { service: { name: '', variants: [] }, variant: NO_VARIANT }
  const time = fields.visitTime === LATER ? '' : fields.visitTime
  return {
    variants: service.variants.length > 1 ? service.variants.map(priced) : [],
    nearHospitals: nearHospitals(hospitals, mine, fields.hospitalId),
    questions: variant.questions.map((question) => asked(question, fields.answers)),
    errand: isErrand(variant),
    contacts: contactsOf(fields),
    chosen: {
      service: service.name,
      unit: variant.unit,
      price: variant.price,
      needsIdNumber: variant.needsIdNumber,
      ...placeOf(fields, hospitals),
      ...personOf(fields, patients, variant),
      day: readableDay(fields.wantTime, now),
      when: readableVisit(fields.wantTime, time, now),
    },
  }
}

module.exports = { describe }
