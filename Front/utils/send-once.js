const dialogue = require('../services/dialogue')

/**
 * Runs one sending at a time on a page or component: while it runs, `flag` is true in its data and a second tap,
 * on the same or another button, does nothing. A failure is said to the user.
 */
async function sendOnce(host, flag, work) {
  if (host.sending) return
  host.sending = true
  host.setData({ [flag]: true })
  try {
    await work()
  } catch (failure) {
    dialogue.say(failure.message)
  }
  host.sending = false
  if (!host.gone) host.setData({ [flag]: false })
}

module.exports = { sendOnce }
