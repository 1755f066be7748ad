// What was typed into the order form, so that leaving it by accident loses nothing. Kept for a day, on this phone only.
// There is one draft: of a new order (orderId ''), or of changes to the unpaid order with that id.

const STORAGE_KEY = 'orderDraft'
const KEEP_MS = 24 * 3600 * 1000

/** Removes a draft that is older than a day: at the start, and whenever one is read. */
function forgetOld() {
  const draft = wx.getStorageSync(STORAGE_KEY)
  if (draft && !(Date.now() - draft.savedAt <= KEEP_MS)) clear()
}

/** The draft's fields, or null when there is none for this order. */
function read(orderId = '') {
  forgetOld()
  const draft = wx.getStorageSync(STORAGE_KEY)
  return draft && draft.orderId === String(orderId) ? draft.fields : null
}

function save(fields, orderId = '') {
  wx.setStorageSync(STORAGE_KEY, { savedAt: Date.now(), orderId: String(orderId), fields })
}

function clear() {
  wx.removeStorageSync(STORAGE_KEY)
}

/** Removes the draft of this order, and no other. */
function clearOf(orderId) {
  if (read(orderId)) clear()
}

module.exports = { forgetOld, read, save, clear, clearOf }
