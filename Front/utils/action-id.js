const LETTERS = '0123456789abcdefghijklmnopqrstuvwxyz'
const RANDOM = 16

/** A name for one act of the user, the same for every repetition of it: 16–40 letters and digits. */
function newActionId() {
  const random = Array.from({ length: RANDOM }, () => LETTERS[Math.floor(Math.random() * LETTERS.length)])
  return Date.now().toString(36) + random.join('')
}

module.exports = { newActionId }
