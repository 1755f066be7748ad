// Phone numbers as people write them. The server reads them once more, and knows more countries.

const { fold } = require('./text')

const EXTENSION = /(?:转|分机|ext\.?|x|#|,)[:. ]*(\d{1,6})$/i

/** What keeps a number from being called, as a sentence; '' when nothing does. */
function phoneProblem(text) {
  const folded = fold(text).trim()
  const main = folded.replace(EXTENSION, '').replace(/^(0\d{2,3}-?\d{7,8})-\d{1,6}$/, '$1')
  const number = main.replace(/[\s().-]/g, '')
  if (!/\d/.test(number)) return '请填写电话号码'
  if (/[/、;；,，或和]/.test(main)) return '只能填一个电话号码'
  if (!/^\+?\d+$/.test(number)) return '电话号码里只能有数字，分机请写成 029-85321234转801 这样'
  return /^(\+|00)/.test(number) && !/^(\+86|0086)/.test(number) ? foreignProblem(number) : chineseProblem(number)
}

function foreignProblem(number) {
  return /^(\+|00)[1-9]\d{6,14}$/.test(number) ? '' : '国际号码不对，请检查国家代码和号码'
}

function chineseProblem(number) {
  const digits = number.replace(/^(\+86|0086|86(?=1\d{10}$))/, '')
  if (/^1/.test(digits)) {
    if (digits.length !== 11) return `手机号应为 11 位，现在是 ${digits.length} 位`
    return /^1[3-9]/.test(digits) ? '' : '手机号不对，请检查前三位'
  }
  if (/^[48]00\d{7}$/.test(digits)) return ''
  if (/^[2-9]\d{6,7}$/.test(digits)) return '座机号码请加上区号，例如 029-85321234'
  if (/^0?(10|2\d|[3-9]\d{2})\d{7,8}$/.test(digits) && (digits[0] === '0' || number !== digits)) return ''
  return digits[0] === '0' ? '座机号码不对，请检查区号和号码' : '电话号码不对，请检查'
}

/** The number to send; '' when it is none. */
function readPhone(text) {
  return phoneProblem(text) ? '' : fold(text).trim()
}

module.exports = { phoneProblem, readPhone }
