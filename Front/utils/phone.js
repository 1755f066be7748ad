/** A number one can call back: Chinese mobile or landline, or an international one; '' when it is none. */
function readPhone(text) {
  const number = String(text || '').replace(/[\s()（）-]/g, '')
  return /^\+?\d{6,20}$/.test(number) ? number : ''
}

module.exports = { readPhone }
