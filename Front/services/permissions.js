// Why WeChat refuses a call that it guards (docs/go-live.md). What a page says then must lead on without the call.

/** WeChat's errno: not declared in the console; refused in the privacy dialog; refused in the permission's own. */
const REFUSED = { UNDECLARED: 112, PRIVACY: 104, PERMISSION: 103 }

const BY_WORDS = [
  [/not declared in the privacy agreement|no permission/, REFUSED.UNDECLARED],
  [/privacy permission is not authorized/, REFUSED.PRIVACY],
  [/auth deny|auth denied|authorize no response/, REFUSED.PERMISSION],
]

/** Which of REFUSED it was; 0 for anything else. Older versions of WeChat say it in words alone. */
function refusedBecause({ errno, errMsg }) {
  if (Object.values(REFUSED).includes(errno)) return errno
  const found = BY_WORDS.find(([words]) => words.test(errMsg || ''))
  return found ? found[1] : 0
}

module.exports = { REFUSED, refusedBecause }
