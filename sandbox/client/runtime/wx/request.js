// wx.request, wx.uploadFile, wx.downloadFile: fetch, with WeChat's ways of saying what happened.
import { hook, note, tell } from '../hook.js'
import { program } from '../modules.js'
import { networkChoice, SLOW_MS } from '../settings.js'
import { fail, record, succeed } from './convention.js'
import { maskBody, maskPath } from './masking.js'

const timeouts = program.app.networkTimeout ?? {}
const DEFAULT_TIMEOUT_MS = 60_000
// A mini-program may not set these, and a browser does not let us.
const FORBIDDEN_HEADER = /^(referer|user-agent|cookie|host|content-length)$/i

let sequence = 0

function begin(method, url, sent) {
  const address = new URL(url, location.href)
  const entry = {
    id: (sequence += 1),
    time: Date.now(),
    method,
    path: address.pathname + maskPath(address.search),
    status: null,
    ms: null,
    sent: maskBody(sent),
    received: '',
  }
  hook.pending += 1
  note('requests', 'request', entry)
  return entry
}

function end(entry, status, received) {
  hook.pending -= 1
  Object.assign(entry, { status, ms: Date.now() - entry.time, received: maskBody(received) })
  tell('request', entry)
}

const encodeForm = (data) =>
  Object.entries(data ?? {})
    .map(
      ([key, value]) =>
        `${encodeURIComponent(key)}=${encodeURIComponent(typeof value === 'object' ? JSON.stringify(value) : value)}`,
    )
    .join('&')

/** Splits a request's data into address and body, by method and content type. */
function compose({ url, data, method = 'GET', header = {} }) {
  const verb = method.toUpperCase()
  const headers = {}
  for (const [name, value] of Object.entries(header))
    if (!FORBIDDEN_HEADER.test(name)) headers[name.toLowerCase()] = String(value)
  if (verb === 'GET' || verb === 'HEAD') {
    const query = data && typeof data === 'object' ? encodeForm(data) : ''
    return { verb, headers, address: query ? `${url}${url.includes('?') ? '&' : '?'}${query}` : url }
  }
  headers['content-type'] ??= 'application/json'
  let body
  if (typeof data === 'string' || data instanceof ArrayBuffer) body = data
  else if (data !== undefined)
    body = headers['content-type'].includes('urlencoded') ? encodeForm(data) : JSON.stringify(data)
  return { verb, headers, address: url, body }
}

/** The reason in errMsg, as WeChat words it. */
function reasonOf(error, controller) {
  if (!controller.signal.aborted) return 'net::ERR_CONNECTION_FAILED'
  return controller.signal.reason === 'timeout' ? 'timeout' : 'abort'
}

/** fetch on the phone's network, which the developer may have made slow or cut. */
async function fetchOnPhone(address, options) {
  const choice = networkChoice()
  if (choice === 'slow')
    await new Promise((resolve) => {
      setTimeout(resolve, SLOW_MS)
    })
  options.signal?.throwIfAborted()
  if (choice === 'none') throw new TypeError('no network')
  return fetch(address, { credentials: 'omit', ...options })
}

function startTimer(controller, options, kind) {
  const limit = options.timeout ?? timeouts[kind] ?? DEFAULT_TIMEOUT_MS
  return setTimeout(() => controller.abort('timeout'), limit)
}

async function send(options, controller) {
  const { verb, headers, address, body } = compose(options)
  const entry = begin(verb, address, body)
  const timer = startTimer(controller, options, 'request')
  try {
    const response = await fetchOnPhone(address, { method: verb, headers, body, signal: controller.signal })
    const raw = options.responseType === 'arraybuffer' ? await response.arrayBuffer() : await response.text()
    end(entry, response.status, typeof raw === 'string' ? raw : '（二进制）')
    const json = (options.dataType ?? 'json') === 'json' && typeof raw === 'string'
    succeed('request', options, {
      data: json ? parse(raw) : raw,
      statusCode: response.status,
      header: headersOf(response),
      cookies: [],
    })
  } catch (error) {
    const reason = reasonOf(error, controller)
    end(entry, 0, reason)
    fail('request', options, reason, { errno: reason === 'timeout' ? 5 : 600001 })
  } finally {
    clearTimeout(timer)
  }
}

function parse(text) {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

const headersOf = (response) =>
  Object.fromEntries(
    [...response.headers].map(([name, value]) => [
      name.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase()),
      value,
    ]),
  )

const task = (controller, more = {}) => ({
  abort: () => controller.abort('abort'),
  onHeadersReceived() {},
  offHeadersReceived() {},
  onProgressUpdate() {},
  offProgressUpdate() {},
  ...more,
})

export function request(options) {
  record('request', { url: options.url, method: options.method })
  const controller = new AbortController()
  send(options, controller)
  return task(controller, { onChunkReceived() {}, offChunkReceived() {} })
}

async function upload(options, controller) {
  const form = new FormData()
  for (const [name, value] of Object.entries(options.formData ?? {})) form.append(name, value)
  const entry = begin('POST', options.url, `（文件 ${options.name}）`)
  const timer = startTimer(controller, options, 'uploadFile')
  try {
    const file = await (await fetch(options.filePath)).blob()
    form.append(options.name, file, `file.${file.type.split('/')[1] ?? 'bin'}`)
    const headers = { ...options.header }
    for (const name of Object.keys(headers)) if (/^content-type$/i.test(name)) delete headers[name] // the browser sets the boundary
    const response = await fetchOnPhone(options.url, { method: 'POST', body: form, headers, signal: controller.signal })
    const data = await response.text() // always a text, even when it is JSON
    end(entry, response.status, data)
    succeed('uploadFile', options, { data, statusCode: response.status, header: headersOf(response) })
  } catch (error) {
    const reason = reasonOf(error, controller)
    end(entry, 0, reason)
    fail('uploadFile', options, reason)
  } finally {
    clearTimeout(timer)
  }
}

export function uploadFile(options) {
  record('uploadFile', { url: options.url, name: options.name })
  const controller = new AbortController()
  upload(options, controller)
  return task(controller)
}

async function download(options, controller) {
  const entry = begin('GET', options.url)
  try {
    const response = await fetchOnPhone(options.url, { headers: options.header, signal: controller.signal })
    const tempFilePath = URL.createObjectURL(await response.blob())
    end(entry, response.status, '（文件）')
    succeed('downloadFile', options, { tempFilePath, statusCode: response.status })
  } catch (error) {
    end(entry, 0, String(error))
    fail('downloadFile', options, reasonOf(error, controller))
  }
}

export function downloadFile(options) {
  record('downloadFile', { url: options.url })
  const controller = new AbortController()
  download(options, controller)
  return task(controller)
}
