// Script errors are told to the server: nobody looks over the users' shoulders. What a user has typed is not among it.

const { Failure } = require('./failure')
const { server } = require('./server')

/** Of one run of the program: a broken page repeats itself. */
const MOST = 3

const LONG = 500

const told = new Set()

const textOf = (error) => String((error && (error.stack || error.message || error.errMsg)) || error || '')

function pageOnTop() {
  const pages = getCurrentPages()
  return pages.length ? pages[pages.length - 1].route || '' : ''
}

function systemOf() {
  if (!wx.getDeviceInfo || !wx.getAppBaseInfo) return ''
  return `${wx.getDeviceInfo().system || ''}, WeChat ${wx.getAppBaseInfo().version || ''}`
}

function versionOf() {
  const info = wx.getAccountInfoSync ? wx.getAccountInfoSync() : {}
  return (info.miniProgram && (info.miniProgram.version || info.miniProgram.envVersion)) || ''
}

/** Tells of one error, once, and of few in a run. What is no mistake of the program (no network, a refusal) is not told. */
function report(error) {
  const message = textOf(error).slice(0, LONG)
  if (!message || error instanceof Failure || told.has(message) || told.size >= MOST) return
  told.add(message)
  server.post('client/errors/', { message, page: pageOnTop(), version: versionOf(), system: systemOf().slice(0, 64) }, { login: false }).catch(() => {})
}

module.exports = { report }
