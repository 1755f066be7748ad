// What was typed into the order form, so that leaving it by accident loses nothing. Kept for a day, on this phone only.
// Each form has a draft of its own: '' is a new order, a number the changes to that unpaid order, 'again 5' the booking
// of order 5 once more.

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

/** The draft's fields, or null when there is none of this form. */
function read(form = '') {
  forgetOld()
  const draft = stored().find((one) => one.form === String(form))
  return draft ? draft.fields : null
}

function save(fields, form = '') {
  const others = stored().filter((one) => one.form !== String(form))
  store([{ savedAt: Date.now(), form: String(form), fields }, ...others])
}

/** Removes every draft. */
function clear() {
  wx.removeStorageSync(STORAGE_KEY)
}

/** Removes the draft of this form, and no other. */
function clearOf(form) {
  const all = stored()
  const others = all.filter((one) => one.form !== String(form))
  if (others.length < all.length) store(others)
}

module.exports = { forgetOld, read, save, clear, clearOf }
