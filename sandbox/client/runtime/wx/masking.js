// The panel shows what goes over the wire, and people share screenshots of it: warrants, codes, signatures, ID numbers and
// phone numbers are hidden.

const MAX_BODY_CHARACTERS = 4000 // characters kept of a body
const SECRET_KEYS = /warrant|token|code$|js_code|sign|session|prepay|password/i
const PERSONAL_KEYS = /idcard|id_number|phone|mobile/i // whatever they look like: passports, landlines
const KEPT = new Set(['code']) // in a reply "code" is the result's number; a login code is a text
const HIDDEN = '•••'

function maskValue(key, value) {
  if (Array.isArray(value)) return value.map((one) => maskValue(key, one))
  if (value && typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, maskValue(name, inner)]))
  if (typeof value !== 'string') return value
  if (SECRET_KEYS.test(key)) return KEPT.has(key) && /^\d{0,4}$/.test(value) ? value : HIDDEN
  if (PERSONAL_KEYS.test(key)) return value === '' || value.includes('*') ? value : HIDDEN // the server masks with *
  return maskText(value)
}

const maskText = (text) =>
  text
    .replace(/\b(\d{6})\d{8}(\d{3}[\dXx])\b/g, '$1••••••••$2') // ID number
    .replace(/\b(1\d{2})\d{4}(\d{4})\b/g, '$1••••$2') // mobile phone
    .replace(/(Bearer\s+)\S+/gi, '$1•••')

/** A path with its query: codes and the like in it are masked. */
export const maskPath = (path) => maskText(maskForm(path))

// name=value pairs of a form or a query
const maskForm = (text) =>
  text.replace(
    /((?:^|[?&])[\w-]*(?:warrant|token|code|sign|session|prepay|password|idcard|id_number|phone|mobile)[\w-]*=)[^&]+/gi,
    `$1${HIDDEN}`,
  )

/** A body as text for the panel: secrets masked, JSON indented, long ones cut. */
export function maskBody(body) {
  if (body === undefined || body === null) return ''
  if (typeof body !== 'string') return '（二进制）'
  let text
  try {
    text = JSON.stringify(maskValue('', JSON.parse(body)), null, 2)
  } catch {
    text = maskText(maskForm(body))
  }
  return text.length > MAX_BODY_CHARACTERS ? `${text.slice(0, MAX_BODY_CHARACTERS)}…` : text
}
