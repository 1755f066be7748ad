// Money is text on the wire ('￥588', '￥588.50'); sums are made in fen, never in floating yuan.

/** '￥588.5' → 58850 fen; NaN when the text is not an amount. */
function toFen(text) {
  const match = /^[￥¥]?\s*(\d+)(?:\.(\d{1,2}))?$/.exec(String(text === undefined || text === null ? '' : text).trim())
  if (!match) return NaN
  return Number(match[1]) * 100 + Number((match[2] || '').padEnd(2, '0'))
}

/** 58850 fen → '￥588.50'; whole yuan carry no decimals, as on the wire. */
function fromFen(fen) {
  const yuan = Math.floor(fen / 100)
  const rest = fen % 100
  return rest ? `￥${yuan}.${String(rest).padStart(2, '0')}` : `￥${yuan}`
}

/** The two parts a price tag draws in different sizes: '￥588.50' → { yuan: '588', cents: '.50' }. */
function priceParts(text) {
  const fen = toFen(text)
  if (Number.isNaN(fen)) return { yuan: String(text || ''), cents: '' }
  const [yuan, cents] = fromFen(fen).slice(1).split('.')
  return { yuan, cents: cents ? `.${cents}` : '' }
}

module.exports = { toFen, fromFen, priceParts }
