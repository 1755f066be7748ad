// What was typed into the order form, so that leaving it by accident loses nothing. Kept for a day, on this phone only.

const STORAGE_KEY = 'orderDraft'
const KEEP_MS = 24 * 3600 * 1000

function read() {
  const draft = wx.getStorageSync(STORAGE_KEY)
  if (!draft || !draft.savedAt || Date.now() - draft.savedAt > KEEP_MS) return null
  return draft.fields
}

function save(fields) {
  wx.setStorageSync(STORAGE_KEY, { savedAt: Date.now(), fields })
}

function clear() {
  wx.removeStorageSync(STORAGE_KEY)
}

module.exports = { read, save, clear }
