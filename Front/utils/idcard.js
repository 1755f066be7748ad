// Chinese resident identity numbers (GB 11643-1999): 17 digits and a check character.

const { isDay, dayFrom } = require('./dates')

const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
const CHECKS = '10X98765432'

/** The check character that belongs to the first 17 digits. */
function checkCharacter(digits) {
  const sum = WEIGHTS.reduce((total, weight, index) => total + weight * Number(digits[index]), 0)
  return CHECKS[sum % 11]
}

/**
 * What a resident number says, or null when it is not a valid one.
 * @returns {{number: string, birthday: string, sex: 'm'|'w'}|null}
 */
function readResidentNumber(text, now) {
  const number = String(text || '').replace(/\s/g, '').toUpperCase()
  if (!/^[1-9]\d{16}[\dX]$/.test(number)) return null
  const birthday = `${number.slice(6, 10)}-${number.slice(10, 12)}-${number.slice(12, 14)}`
  if (!isDay(birthday) || birthday < '1880-01-01' || birthday > dayFrom(now, 0)) return null
  if (checkCharacter(number) !== number[17]) return null
  return { number, birthday, sex: Number(number[16]) % 2 ? 'm' : 'w' }
}

/** Passports and other travel papers: letters and digits, with a digit among them. */
function readPassportNumber(text) {
  const number = String(text || '').replace(/[\s-]/g, '').toUpperCase()
  return /^(?=.*\d)[A-Z0-9]{6,20}$/.test(number) ? number : ''
}

module.exports = { checkCharacter, readResidentNumber, readPassportNumber }
