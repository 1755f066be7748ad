// What was typed into the order form, so that leaving it by accident loses nothing. Kept for a day, on this phone only.
// There is one draft: of a new order (orderId ''), or of changes to the unpaid order with that id.

const STORAGE_KEY = 'orderDraft'
const KEEP_MS = 24 * 3600 * 1000

/** The draft's fields, or null when there is none for this order. */
function read(orderId = '') {
  const draft = wx.getStorageSync(STORAGE_KEY)
  if (!draft || draft.orderId !== String(orderId) || Date.now() - draft.savedAt > KEEP_MS) return null
  return draft.fields
}

function save(fields, orderId = '') {
  wx.setStorageSync(STORAGE_KEY, { savedAt: Date.now(), orderId: String(orderId), fields })
}

function clear() {
  wx.removeStorageSync(STORAGE_KEY)
}

module.exports = { read, save, clear }
