// Identity documents: their kinds, by their names on the wire, and which case it is when a number is wrong.
// GB 11643-1999: 17 digits and a check character, for residents and for the new card of foreign residents.

const { isDay, dayFrom } = require('./dates')
const { fold } = require('./text')

const ID_KIND = {
  RESIDENT: '身份证',
  PASSPORT: '护照',
  HONG_KONG_MACAU: '港澳居民来往内地通行证',
  TAIWAN: '台湾居民来往大陆通行证',
  FOREIGN_RESIDENT: '外国人永久居留身份证',
}
const ID_KINDS = [ID_KIND.RESIDENT, ID_KIND.PASSPORT, ID_KIND.HONG_KONG_MACAU, ID_KIND.TAIWAN, ID_KIND.FOREIGN_RESIDENT]

const EXAMPLES = {
  [ID_KIND.RESIDENT]: '18 位身份证号',
  [ID_KIND.PASSPORT]: '例如 E12345678',
  [ID_KIND.HONG_KONG_MACAU]: '例如 H12345678',
  [ID_KIND.TAIWAN]: '8 位数字',
  [ID_KIND.FOREIGN_RESIDENT]: '9 开头的 18 位，或 3 个字母加 12 位',
}

const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
const CHECKS = '10X98765432'
const PROVINCES = [11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51, 52, 53, 54, 61, 62, 63, 64, 65, 71, 81, 82, 83]
const WORDS = '一二三四五六七八九十'

/** The check character that belongs to the first 17 digits. */
function checkCharacter(digits) {
  const sum = WEIGHTS.reduce((total, weight, index) => total + weight * Number(digits[index]), 0)
  return CHECKS[sum % 11]
}

/** The number in capitals, half-width, without blanks and dashes. */
function bareNumber(text) {
  return fold(text).replace(/[\s-]/g, '').toUpperCase()
}

function lengthProblem(found, wanted, what) {
  const off = Math.abs(found - wanted)
  return `${found < wanted ? '少' : '多'}${WORDS[off - 1] || off}位：${what}是 ${wanted} 位，现在是 ${found} 位`
}

function birthdayIn(number) {
  return `${number.slice(6, 10)}-${number.slice(10, 12)}-${number.slice(12, 14)}`
}

function problemOfEighteen(number, now, what) {
  const place = [...number].findIndex((character, index) => !/\d/.test(character) && !(index === 17 && character === 'X'))
  if (place >= 0) return `第 ${place + 1} 位不对，应为${place === 17 ? '数字或 X' : '数字'}`
  if (number.length !== 18) return lengthProblem(number.length, 18, what)
  const birthday = birthdayIn(number)
  if (!isDay(birthday) || birthday < '1880-01-01' || birthday > dayFrom(now, 0)) return '第 7 到 14 位（出生日期）不对'
  return checkCharacter(number) === number[17] ? '' : '第 18 位不对，请逐位核对整个号码'
}

/** The card before 2023 writes its holder's birthday with two digits for the year. */
function oldBirthdayProblem(number) {
  const day = `${number.slice(7, 9)}-${number.slice(9, 11)}-${number.slice(11, 13)}`
  return isDay(`19${day}`) || isDay(`20${day}`) ? '' : '第 8 到 13 位（出生日期）不对'
}

const PROBLEMS = {
  [ID_KIND.RESIDENT](number, now) {
    if (/^\d{15}$/.test(number) && isDay(`19${number.slice(6, 8)}-${number.slice(8, 10)}-${number.slice(10, 12)}`)) return '这是 15 位旧号码，请填写 18 位身份证号'
    if (number.length === 18 && number[0] === '9') return '9 开头的是外国人永久居留身份证号，请改选证件类型'
    return problemOfEighteen(number, now, '身份证号') || (PROVINCES.includes(Number(number.slice(0, 2))) ? '' : '第 1、2 位（地区）不对')
  },
  [ID_KIND.PASSPORT](number) {
    return /^(?=.*\d)[A-Z0-9]{5,20}$/.test(number) ? '' : '护照号码是 5 到 20 位字母和数字，例如 E12345678'
  },
  [ID_KIND.HONG_KONG_MACAU](number) {
    if (/^[HM]\d{8}(\d{2})?$/.test(number)) return ''
    if (/^[HM]\d+$/.test(number)) return lengthProblem(number.length, number.length < 10 ? 9 : 11, '通行证号码')
    const card = /^[A-Z]{1,2}\d{6}\(?[0-9A]\)?$/.test(number) || /^[157]\d{6}\(\d\)$/.test(number)
    return card ? '' : '通行证号码是 H 或 M 加 8 位数字，例如 H12345678'
  },
  [ID_KIND.TAIWAN](number) {
    if (/^\d{8}$/.test(number) || /^\d{10}(\(?[A-Z0-9]{1,2}\)?)?$/.test(number)) return ''
    return /^\d+$/.test(number) ? lengthProblem(number.length, 8, '通行证号码') : '通行证号码是 8 位数字，例如 12345678'
  },
  [ID_KIND.FOREIGN_RESIDENT](number, now) {
    if (/^[A-Z]{3}\d+$/.test(number)) return number.length === 15 ? oldBirthdayProblem(number) : lengthProblem(number.length, 15, '旧版号码')
    return number[0] === '9' ? problemOfEighteen(number, now, '号码') : '号码是 9 开头的 18 位数字，或旧版的 3 个字母加 12 位数字'
  },
}

/** What is wrong with a number of this kind, as a sentence that names the case; '' when nothing is. */
function idNumberProblem(kind, text, now) {
  const number = bareNumber(text)
  return number ? PROBLEMS[kind](number, now) : '请填写证件号码'
}

/**
 * What a complete number with a birthday in it says, or null: residents', and the new card of foreign residents.
 * @returns {{number: string, birthday: string, sex: 'm'|'w'}|null}
 */
function readNumber(kind, text, now) {
  const number = bareNumber(text)
  const tells = kind === ID_KIND.RESIDENT || (kind === ID_KIND.FOREIGN_RESIDENT && number[0] === '9')
  if (!tells || idNumberProblem(kind, text, now)) return null
  return { number, birthday: birthdayIn(number), sex: Number(number[16]) % 2 ? 'm' : 'w' }
}

/** `110105 1949 1231 002X`: as it is read aloud, to be compared with the document. */
function grouped(kind, text) {
  const number = bareNumber(text)
  if (/^\d{7,17}[\dX]?$/.test(number) && (kind === ID_KIND.RESIDENT || kind === ID_KIND.FOREIGN_RESIDENT)) {
    return [number.slice(0, 6), number.slice(6, 10), number.slice(10, 14), number.slice(14)].filter(Boolean).join(' ')
  }
  return number.replace(/(.{4})(?=.)/g, '$1 ')
}

module.exports = { ID_KIND, ID_KINDS, EXAMPLES, checkCharacter, bareNumber, idNumberProblem, readNumber, grouped }
