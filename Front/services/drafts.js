// What was typed into the order form, so that leaving it by accident loses nothing. Kept for a day, on this phone only.
// Each form has a draft of its own: '' is a new order, a number the changes to that unpaid order, 'again 5' the booking
// of order 5 once more.

const typed = require('./typed')

const STORAGE_KEY = 'orderDrafts'
const KEEP_MS = 24 * 3600 * 1000
const MAX_DRAFTS = 5

const stored = () => wx.getStorageSync(STORAGE_KEY) || []

/** The newest first; an empty list leaves nothing on the phone. */
function store(drafts) {
  if (drafts.length) wx.setStorageSync(STORAGE_KEY, drafts.slice(0, MAX_DRAFTS))
  else clear()
}

/** Removes drafts that are older than a day: at the start, and whenever one is read. */
function forgetOld() {
  const all = stored()
  const young = all.filter((draft) => Date.now() - draft.savedAt <= KEEP_MS)
  if (young.length < all.length) store(young)
}

function draftOf(form) {
  forgetOld()
  return stored().find((one) => one.form === String(form)) || null
}

const inMemory = (form) => `order ${form}`

/** The draft's fields, or null when there is none of this form. */
function read(form = '') {
  const draft = draftOf(form)
  return draft ? { ...draft.fields, ...typed.read(inMemory(form)) } : null
}

/** The step on which the form was left; 0 when there is no draft of it. */
function stepOf(form = '') {
  const draft = draftOf(form)
  return (draft && draft.step) || 0
}

/** A phone number is personal data: it is kept in memory only. */
function save(fields, form = '', step = 0) {
  const { contactPhone, ...others } = fields
  if (contactPhone) typed.keep(inMemory(form), { contactPhone })
  else typed.forget(inMemory(form))
  const drafts = stored().filter((one) => one.form !== String(form))
  store([{ savedAt: Date.now(), form: String(form), step, fields: others }, ...drafts])
}

/** Removes every draft. */
function clear() {
  wx.removeStorageSync(STORAGE_KEY)
}

/** Removes the draft of this form, and no other. */
function clearOf(form) {
  typed.forget(inMemory(form))
  const all = stored()
  const others = all.filter((one) => one.form !== String(form))
  if (others.length < all.length) store(others)
}

module.exports = { forgetOld, read, stepOf, save, clear, clearOf }
