// The requester and the session of this running program, made from the wx API.

const config = require('../config')
const { createRequester } = require('./requester')
const { createSession } = require('./session')

const promised = (call) => (options) =>
  new Promise((resolve, reject) => {
    call({ ...options, success: resolve, fail: reject })
  })

const send = promised((options) => wx.request(options))
const upload = promised((options) => wx.uploadFile(options))
const download = promised((options) => wx.downloadFile(options))
const weChatLogin = promised((options) => wx.login(options))

const session = createSession({
  askWeChat: async () => (await weChatLogin({ timeout: 10000 })).code,
  exchange: (code) => server.get('login/', { code }, { login: false }),
  storage: {
    get: (key) => wx.getStorageSync(key),
    set: (key, value) => wx.setStorageSync(key, value),
    remove: (key) => wx.removeStorageSync(key),
  },
})

const server = createRequester({ send, upload, download, session, serverUrl: config.serverUrl })

/** The full address of a picture that the server names relative to its root; absolute ones stay as they are. */
function pictureUrl(path) {
  if (!path || /^(https?:|data:|wxfile:|\/)/.test(path)) return path || ''
  const encoded = /%[0-9a-f]{2}/i.test(path) ? path : encodeURI(path)
  return (config.serverUrl && !config.serverUrl.endsWith('/') ? `${config.serverUrl}/` : config.serverUrl) + encoded
}

module.exports = { server, session, pictureUrl }
