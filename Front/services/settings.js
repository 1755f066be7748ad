// Choices about how this program looks on this phone.

const STORAGE_KEY = 'largeText'

let large = null

function largeText() {
  if (large === null) large = wx.getStorageSync(STORAGE_KEY) === true
  return large
}

function setLargeText(on) {
  large = on
  wx.setStorageSync(STORAGE_KEY, on)
}

module.exports = { largeText, setLargeText }
