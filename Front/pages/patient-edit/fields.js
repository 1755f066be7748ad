// The patient's fields apart from any screen. Names are the wire's (user/add1friend/, user/edit1friend/).
// A patient who is edited comes without phone and ID number, which are only known masked: what is left empty stays.

const { ID_KIND, ID_KINDS, bareNumber, idNumberProblem, readNumber } = require('../../utils/id-numbers')
const { phoneProblem, readPhone } = require('../../utils/phone')
const { ageOn } = require('../../utils/dates')

const RELATIONS = ['本人', '父母', '子女', '兄弟姐妹', '夫妻', '其他']

const MAX_NAME = 64

const BLANK = { name: '', relation: '', idcardKind: ID_KIND.RESIDENT, idcard: '', sex: '', if18: '', phone: '', withoutNumber: false, consentGiven: false, guardianConsentGiven: false }

const ORDER = ['name', 'relation', 'idcardKind', 'idcard', 'sex', 'if18', 'phone', 'guardianConsentGiven', 'consentGiven']

/** What a complete number says about sex and age; {} for one that says nothing, or is not complete. */
function readFromNumber({ idcardKind, idcard }, now) {
  const read = readNumber(idcardKind, idcard, now)
  return read ? { sex: read.sex, if18: ageOn(read.birthday, now) >= 18 ? 'y' : 'n' } : {}
}

/** The fields of a patient to be edited, as user/getFriend/ gives them. */
function fieldsOf(patient) {
  const { name, relation, sex, if18 } = patient
  return { ...BLANK, name, relation, sex, if18, idcardKind: patient.idcardKind || ID_KIND.RESIDENT }
}

/** Is the number to be stored: of a new patient who gives it now, or another one than before? */
function givesNumber(fields, known) {
  if (!known) return !fields.withoutNumber
  return !!bareNumber(fields.idcard) || !!(known.idcardKind && fields.idcardKind !== known.idcardKind)
}

/** Whose consent must be ticked: for a new number the user's; the guardian's too for a minor, or who becomes one. */
function consentsNeeded(fields, known) {
  const givenAgain = givesNumber(fields, known)
  const minor = fields.if18 === 'n'
  const becomesMinor = !!known && known.if18 === 'y' && minor
  return { own: !known || givenAgain || becomesMinor, guardian: minor && (!known || givenAgain || becomesMinor) }
}

/** Is what the number does not say, sex and age, to be asked? */
function asksPerson(fields, now, known) {
  return !readNumber(fields.idcardKind, fields.idcard, now) && (!!known || fields.withoutNumber || fields.idcardKind !== ID_KIND.RESIDENT)
}

/** {field: sentence} for everything that keeps the patient from being saved; `known`: who is edited, or null. */
function complaints(given, now, known = null) {
  const fields = { ...given, ...readFromNumber(given, now) }
  const name = fields.name.trim()
  const needed = consentsNeeded(fields, known)
  const asked = asksPerson(fields, now, known)
  const found = {
    name: name.length >= 2 && name.length <= MAX_NAME ? '' : `请填写姓名（2 到 ${MAX_NAME} 个字）`,
    relation: RELATIONS.includes(fields.relation) ? '' : '请选择与您的关系',
    idcard: givesNumber(fields, known) ? idNumberProblem(fields.idcardKind, fields.idcard, now) : '',
    sex: asked && !fields.sex ? '请选择性别' : '',
    if18: asked && !fields.if18 ? '请选择是否成年' : '',
    phone: asksPhone(known) || fields.phone.trim() ? phoneProblem(fields.phone) : '',
    guardianConsentGiven: needed.guardian && !fields.guardianConsentGiven ? '未成年人需要监护人同意' : '',
    consentGiven: needed.own && !fields.consentGiven ? '需要您单独同意，我们才能保存这些信息' : '',
  }
  return Object.keys(found).reduce((wrong, field) => (found[field] ? { ...wrong, [field]: found[field] } : wrong), {})
}

/** Of a patient who has none, or none any more: taken back in WeChat's settings, it is erased. */
const asksPhone = (known) => !known || known.phone === ''

function firstWrong(wrong) {
  return ORDER.find((name) => wrong[name]) || ''
}

const yesOrNo = (ticked) => (ticked ? 'y' : 'n')

/** The body of user/add1friend/, or of user/edit1friend/ for a patient who is known. */
function wireOf(given, now, known = null) {
  const fields = { ...given, ...readFromNumber(given, now) }
  const wire = { name: fields.name.trim(), relation: fields.relation, sex: fields.sex, if18: fields.if18 }
  if (known) wire.id = known.id
  if (!known || fields.phone.trim()) wire.phone = readPhone(fields.phone)
  if (givesNumber(fields, known)) {
    wire.idcardKind = fields.idcardKind
    wire.idcard = bareNumber(fields.idcard)
  } else if (!known) wire.idcardLater = 'y'
  const needed = consentsNeeded(fields, known)
  if (needed.own) {
    wire.consentGiven = yesOrNo(fields.consentGiven)
    wire.guardianConsentGiven = yesOrNo(fields.guardianConsentGiven)
  }
  return wire
}

module.exports = { RELATIONS, MAX_NAME, ID_KIND, ID_KINDS, BLANK, readFromNumber, fieldsOf, asksPerson, consentsNeeded, complaints, firstWrong, wireOf }
