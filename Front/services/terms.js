// Whether the terms of this version have been read and accepted on this phone: once is enough for each version.

const { UPDATED } = require('../texts/terms')

const STORAGE_KEY = 'termsRead'

const accepted = () => wx.getStorageSync(STORAGE_KEY) === UPDATED

function accept() {
  wx.setStorageSync(STORAGE_KEY, UPDATED)
}

module.exports = { accepted, accept }
