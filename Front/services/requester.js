// The one way to the server, apart from any platform: what is sent, when a login is renewed, how it fails.

const { Failure, failureFromAnswer, failureFromTransport } = require('./failure')
const { ERROR } = require('./states')

const TIMEOUT_MS = 15000
const UPLOAD_TIMEOUT_MS = 30000
const DOWNLOAD_TIMEOUT_MS = 30000

/**
 * @param {object} parts
 * @param {(options: object) => Promise<{statusCode: number, data: any, header: object}>} parts.send  wx.request
 * @param {(options: object) => Promise<{statusCode: number, data: any}>} parts.upload  wx.uploadFile
 * @param {(options: object) => Promise<{statusCode: number, tempFilePath: string}>} parts.download  wx.downloadFile
 * @param {object} parts.session  see session.js
 * @param {string} parts.serverUrl
 */
function createRequester({ send, upload, download, session, serverUrl }) {
  const base = serverUrl && !serverUrl.endsWith('/') ? `${serverUrl}/` : serverUrl

  /** Sends once; answers {status, body, header}; rejects with a Failure on anything but 2xx and 304. */
  async function once(transport, options, warrant) {
    const header = { ...options.header }
    if (warrant) header.Authorization = `Bearer ${warrant}`
    const answer = await transport({ ...options, header }).catch((result) => {
      throw failureFromTransport(result)
    })
    const body = readBody(answer.data)
    const status = answer.statusCode
    if (status === 304) return { status, body: null, header: answer.header || {} }
    if (status < 200 || status >= 300) throw failureFromAnswer(status, body)
    // eslint-disable-next-line eqeqeq -- released servers wrote the code as text as well as as a number
    if (!body || typeof body !== 'object' || body.code != 0) throw body && body.error ? failureFromAnswer(status, body) : new Failure(ERROR.UNREADABLE, { status })
    return { status, body, header: answer.header || {} }
  }

  /** Sends with the warrant; after a 401 renews it once, silently, and repeats; a second 401 is the user's to see. */
  async function asUser(transport, options) {
    const warrant = await session.warrant()
    try {
      return await once(transport, options, warrant)
    } catch (failure) {
      if (failure.status !== 401) throw failure
    }
    const renewed = await session.renew(warrant)
    return once(transport, options, renewed).catch((failure) => {
      throw failure.status === 401 ? new Failure(ERROR.SESSION_REFUSED, { status: 401, requestId: failure.requestId }) : failure
    })
  }

  function exchange(method, path, data, { login = true, header = {}, timeout = TIMEOUT_MS } = {}) {
    const sent = method === 'POST' ? { 'content-type': 'application/json', ...header } : header
    const options = { url: base + path, method, data, header: sent, timeout }
    return login ? asUser(send, options) : once(send, options)
  }

  return {
    /** GET; resolves with the body. `options.login: false` for what is public. */
    get: (path, query, options) => exchange('GET', path, query, options).then((answer) => answer.body),

    /** POST of a JSON body; resolves with the body of the answer. */
    post: (path, body, options) => exchange('POST', path, body || {}, options).then((answer) => answer.body),

    /** GET with the ETag that is known; resolves with {body: null when unchanged, etag}. Public unless `login` is true. */
    async getIfChanged(path, etag, { query, login = false } = {}) {
      const answer = await exchange('GET', path, query, { login, header: etag ? { 'If-None-Match': etag } : {} })
      return { body: answer.body, etag: headerOf(answer.header, 'etag') || (answer.status === 304 ? etag : '') }
    },

    /** Uploads one file of the phone as a multipart field. */
    upload: (path, name, filePath) =>
      asUser(upload, { url: base + path, name, filePath, timeout: UPLOAD_TIMEOUT_MS }).then((answer) => answer.body),

    /** Fetches a file that only the caller may see; resolves with its path on the phone. A picture's `src` sends no warrant. */
    download: (path) => asUser(asFile(download), { url: base + path, timeout: DOWNLOAD_TIMEOUT_MS }).then((answer) => answer.body.filePath),
  }
}

/** wx.downloadFile as a transport: its answer has a file instead of a body, also when the server refuses. */
const asFile = (download) => async (options) => {
  const { statusCode, tempFilePath, header } = await download(options)
  return { statusCode, header, data: statusCode === 200 ? { code: 0, filePath: tempFilePath } : {} }
}

/** wx.uploadFile gives the body as text, wx.request an object. */
function readBody(data) {
  if (typeof data !== 'string') return data
  try {
    return JSON.parse(data)
  } catch (error) {
    return null
  }
}

function headerOf(header, name) {
  const key = Object.keys(header).find((candidate) => candidate.toLowerCase() === name)
  return key ? header[key] : ''
}

module.exports = { createRequester }
