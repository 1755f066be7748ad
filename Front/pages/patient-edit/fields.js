// The patient's fields apart from any screen. Names are the wire's (user/add1friend/).

const { readResidentNumber, readPassportNumber } = require('../../utils/idcard')
const { readPhone } = require('../../utils/phone')
const { ageOn } = require('../../utils/dates')

const RELATIONS = ['本人', '父母', '子女', '兄弟姐妹', '夫妻', '其他']

const PAPER = { RESIDENT: '身份证', PASSPORT: '护照' }

const BLANK = { name: '', relation: '', paper: PAPER.RESIDENT, idcard: '', sex: '', if18: '', phone: '', consentGiven: false, guardianConsentGiven: false }

const ORDER = ['name', 'relation', 'idcard', 'sex', 'if18', 'phone', 'guardianConsentGiven', 'consentGiven']

/** What a complete resident number says about sex and age; {} while it is not one. */
function readFromNumber({ paper, idcard }, now) {
  const read = paper === PAPER.RESIDENT ? readResidentNumber(idcard, now) : null
  return read ? { sex: read.sex, if18: ageOn(read.birthday, now) >= 18 ? 'y' : 'n' } : {}
}

/** {field: sentence} for everything that keeps the patient from being saved. */
function complaints(fields, now) {
  const wrong = {}
  const name = fields.name.trim()
  if (name.length < 2 || name.length > 16) wrong.name = '请填写姓名（2 到 16 个字）'
  if (!RELATIONS.includes(fields.relation)) wrong.relation = '请选择与您的关系'
  if (fields.paper === PAPER.RESIDENT) {
    if (!readResidentNumber(fields.idcard, now)) wrong.idcard = '身份证号不对，请检查 18 位号码'
  } else {
    if (!readPassportNumber(fields.idcard)) wrong.idcard = '护照号不对，请填写字母和数字'
    if (!fields.sex) wrong.sex = '请选择性别'
    if (!fields.if18) wrong.if18 = '请选择是否成年'
  }
  if (!readPhone(fields.phone)) wrong.phone = '电话号码不对，请检查'
  if (!fields.consentGiven) wrong.consentGiven = '需要您单独同意，我们才能保存这些信息'
  if (ageGroup(fields, now) === 'n' && !fields.guardianConsentGiven) wrong.guardianConsentGiven = '未成年人需要监护人同意'
  return wrong
}

function ageGroup(fields, now) {
  return readFromNumber(fields, now).if18 || fields.if18
}

function firstWrong(wrong) {
  return ORDER.find((name) => wrong[name]) || ''
}

/** Before a passport number: it says what the number is, and gives it the length that the kept field asks for (10). */
const PASSPORT_MARK = 'PASSPORT-'

const yesOrNo = (ticked) => (ticked ? 'y' : 'n')

/** The body of user/add1friend/. */
function wireOf(fields, now) {
  const resident = fields.paper === PAPER.RESIDENT
  return {
    name: fields.name.trim(),
    relation: fields.relation,
    phone: readPhone(fields.phone),
    idcard: resident ? readResidentNumber(fields.idcard, now).number : PASSPORT_MARK + readPassportNumber(fields.idcard),
    sex: fields.sex,
    if18: fields.if18,
    consentGiven: yesOrNo(fields.consentGiven),
    guardianConsentGiven: yesOrNo(fields.guardianConsentGiven),
    ...(resident ? readFromNumber(fields, now) : {}),
  }
}

module.exports = { RELATIONS, PAPER, BLANK, readFromNumber, complaints, firstWrong, wireOf }
