// The one place an operator edits (besides the appid in project.config.json).

/**
 * The server's address, ending in a slash. It must be https and be listed in the mini-program's
 * request and uploadFile domains (mp.weixin.qq.com → 开发管理 → 服务器域名).
 * A browser that runs this source for development puts its own address into `wx.sandboxServerUrl`
 * before the app starts ('' = relative to the page); on a phone that name does not exist.
 */
const SERVER_URL = 'https://api.example.com/'

const injected = typeof wx !== 'undefined' ? wx.sandboxServerUrl : undefined

module.exports = {
  serverUrl: typeof injected === 'string' ? injected : SERVER_URL,

  /** Customer service. The server's catalog may carry a newer number, which then wins. */
  phone: '400-000-0000',

  /** The name that people see, until the server's catalog brings its own. */
  brand: '全心陪诊',

  /** How many days ahead a visit can be booked, until the catalog says so. */
  bookingDays: 180,
}
