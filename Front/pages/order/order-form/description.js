// What the order form's choices are called, and what is asked because of them.

const catalog = require('../../../services/catalog')
const { readableDay, readableVisit } = require('../../../utils/dates')
const { APPOINTMENTS, MOBILITIES, HEARINGS, wordOf } = require('../../../texts/visit-words')
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

const asQuestions = (questions, answers) => questions.map((question) => asked(question, answers))

const contactsOf = ({ keptPhone }) => [
  ...(keptPhone ? [{ value: CONTACT.KEPT, label: keptPhone }] : []), { value: CONTACT.PATIENT, label: '就诊人本人' }, { value: CONTACT.OTHER, label: '另一个电话' },
]

const YES_NO = [{ value: 'y', label: '是' }, { value: 'n', label: '否' }]

const NO_HOSPITAL = { name: '', campuses: [], departments: [], meetingPoints: [] }
const NO_VARIANT = { unit: '', price: '', priceToCome: '', needsIdNumber: true, questions: [] }

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
  if (!patient) return { patient: '', name: '', lacksIdNumber: false, lacksPhone: false }
  return {
    patient: `${patient.name}（${patient.relation}）`,
    name: patient.name,
    lacksIdNumber: needsIdNumber && patient.idcard === '',
    // Who takes the phone back in WeChat's settings has it erased here.
    lacksPhone: patient.phone === '' && fields.contact === CONTACT.PATIENT,
  }
}

/** What was chosen or typed besides, to be looked over; what the service does not need is left out. */
function besidesOf(fields, { questions }, errand, escortName) {
  const contact = { [CONTACT.OTHER]: fields.contactPhone, [CONTACT.KEPT]: fields.keptPhone }[fields.contact] || ''
  const answers = asQuestions(questions, fields.answers).map(({ label, kind, given }) => ({ name: label, value: kind === 'yes_no' ? wordOf(YES_NO, given) : given }))
  return [
    { name: '碰面地点', value: errand ? '' : fields.meetingPoint },
    { name: '当天联系', value: contact },
    { name: '挂号', value: errand ? '' : wordOf(APPOINTMENTS, fields.appointment) },
    { name: '走路', value: errand ? '' : wordOf(MOBILITIES, fields.mobility) },
    { name: '听力', value: errand ? '' : wordOf(HEARINGS, fields.hearing) },
    ...answers,
    { name: '希望由谁来', value: fields.escortId ? escortName : '' },
    { name: '特殊要求', value: fields.more },
  ].filter(({ value }) => value)
}

/**
 * @param {object} fields
 * @param {{services: object[], hospitals: object[], patients: object[], escortName: string}} offered
 * @param {object[]} mine  the caller's newest orders
 */
function describe(fields, { services, hospitals, patients, escortName }, mine, now) {
  const { service, variant } = catalog.findVariant(services, fields.serviceId) || { service: { name: '', variants: [] }, variant: NO_VARIANT }
  const time = fields.visitTime === LATER ? '' : fields.visitTime
  return {
    variants: service.variants.length > 1 ? service.variants.map(priced) : [],
    nearHospitals: nearHospitals(hospitals, mine, fields.hospitalId),
    questions: asQuestions(variant.questions, fields.answers),
    errand: isErrand(variant),
    besides: besidesOf(fields, variant, isErrand(variant), escortName),
    contacts: contactsOf(fields),
    chosen: {
      service: service.name,
      unit: variant.unit,
      price: variant.price,
      priceToCome: variant.priceToCome,
      needsIdNumber: variant.needsIdNumber,
      ...placeOf(fields, hospitals),
      ...personOf(fields, patients, variant),
      day: readableDay(fields.wantTime, now),
      when: readableVisit(fields.wantTime, time, now),
    },
  }
}

module.exports = { describe }
