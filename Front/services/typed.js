// What was typed into a form with personal data, so that leaving it by accident loses nothing. Only in memory: it is
// gone when the program is, and such data is never written to the phone.

const KEEP_MS = 3600 * 1000

const kept = new Map()

/** The fields that were typed into this form within the last hour, or null. */
function read(form) {
  const typed = kept.get(form)
  if (typed && Date.now() - typed.at <= KEEP_MS) return typed.fields
  kept.delete(form)
  return null
}

function keep(form, fields) {
  kept.set(form, { at: Date.now(), fields })
}

function forget(form) {
  kept.delete(form)
}

module.exports = { read, keep, forget }
