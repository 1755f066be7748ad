// The phone number of the user's own WeChat, by one tap. Typing it is always the other way: no refusal here ends a form.

const catalog = require('./catalog')
const { REFUSED, refusedBecause } = require('./permissions')
const { server } = require('./server')
const { ERROR } = require('./states')

/** Does the server offer it? From an older server, and before the catalog has been read: no. */
const offered = () => !!(catalog.cached() && catalog.cached().features.phoneNumber)

/** The number behind a tap's code: {phone, msg}. A code is good for one try: after a failure the user taps again, or types. */
const read = (code) => server.post('user/readPhone/', { code })

const NO_USE = '现在取不到微信手机号，请直接填写'
/** What WeChat gives instead of a code; `final`: another tap would not help. */
const REFUSALS = {
  1400001: { sentence: NO_USE, final: true }, // the account's quota is used up
  1421102: { sentence: NO_USE, final: true }, // WeChat has blocked the button
  [REFUSED.UNDECLARED]: { sentence: NO_USE, final: true },
  [REFUSED.PRIVACY]: { sentence: '您没有同意隐私保护指引，没有取号。可以直接填写', final: false },
  [REFUSED.PERMISSION]: { sentence: '您没有允许，没有取号。可以直接填写', final: false },
}
const DENIED = { sentence: '没有取号，可以直接填写', final: false }

/** Why a tap gave no code, as {sentence, final}. */
const refusal = (detail) => REFUSALS[detail.errno] || REFUSALS[refusedBecause(detail)] || DENIED

/** Why a code gave no number, as {sentence, final}. */
const problem = (failure) => ({ sentence: failure.message, final: failure.slug === ERROR.PHONE_NUMBER_OFF })

module.exports = { offered, read, refusal, problem }
