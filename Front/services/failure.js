// One shape for everything that can go wrong between this program and the server.

const { ERROR } = require('./states')

const SENTENCES = {
  [ERROR.OFFLINE]: '网络连接不上，请检查手机网络后再试',
  [ERROR.TIMEOUT]: '网络太慢，没有等到回音，请再试一次',
  [ERROR.UNREADABLE]: '服务器的回答看不懂，请稍后再试',
  [ERROR.LOGIN_UNAVAILABLE]: '微信登录暂时不可用，请稍后再试，或直接打电话联系我们',
  [ERROR.SESSION_REFUSED]: '登录已失效，请稍后再试，或关闭小程序后重新打开',
}

class Failure extends Error {
  /**
   * @param {string} slug  the server's `error`, or one of ERROR
   * @param {object} [more]
   * @param {number} [more.status]  HTTP status; 0 when no answer came
   * @param {string} [more.message]  a Chinese sentence for the user; by default the slug's own
   * @param {object} [more.fields]  field name → list of sentences
   * @param {string} [more.requestId]  what customer service asks for
   */
  constructor(slug, more = {}) {
    super(more.message || SENTENCES[slug] || '出了点问题，请稍后再试')
    this.name = 'Failure'
    this.slug = slug
    this.status = more.status || 0
    this.fields = more.fields || {}
    this.requestId = more.requestId || ''
  }

  /** {field: sentence} for every field that the server complains about. */
  complaints() {
    return Object.keys(this.fields).reduce((all, name) => ({ ...all, [name]: this.about(name) }), {})
  }

  /** The first sentence about one field, '' when it is fine. */
  about(field) {
    const said = this.fields[field]
    return Array.isArray(said) ? String(said[0] || '') : String(said || '')
  }
}

/** The failure that an HTTP answer of 400 or more describes. */
function failureFromAnswer(status, body) {
  const said = body && typeof body === 'object' ? body : {}
  return new Failure(said.error || `http_${status}`, {
    status,
    message: said.msg || (status >= 500 ? '服务器忙，请稍后再试' : ''),
    fields: said.fields,
    requestId: said.request_id,
  })
}

/** The failure behind a `fail` callback of wx.request or wx.uploadFile. */
function failureFromTransport(result) {
  const said = String((result && result.errMsg) || '')
  return new Failure(/time\s?-?out/i.test(said) ? ERROR.TIMEOUT : ERROR.OFFLINE)
}

module.exports = { Failure, failureFromAnswer, failureFromTransport }
