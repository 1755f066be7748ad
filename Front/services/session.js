// Who is calling. One login for all requests that need it at the same time; one silent renewal after a 401.

const { Failure } = require('./failure')
const { ERROR } = require('./states')

const STORAGE_KEY = 'warrant'
/** A login that has just failed is not tried again at once, and a warrant this young is not renewed again. */
const COOL_DOWN_MS = 5000

/**
 * @param {object} parts
 * @param {() => Promise<string>} parts.askWeChat  gives a single-use login code
 * @param {(code: string) => Promise<{warrant: string}>} parts.exchange  gives the server's warrant for it
 * @param {{get(key: string): any, set(key: string, value: any): void, remove(key: string): void}} parts.storage
 * @param {() => number} [parts.clock]  ms since the epoch
 */
function createSession({ askWeChat, exchange, storage, clock = Date.now }) {
  let login = null // the login under way, shared by everyone who waits for it
  let failed = null // { at, failure } of the last login that failed
  let renewedAt = -COOL_DOWN_MS

  const stored = () => storage.get(STORAGE_KEY) || ''

  async function logIn() {
    let code
    try {
      code = await askWeChat()
    } catch (error) {
      throw new Failure(ERROR.LOGIN_UNAVAILABLE)
    }
    try {
      const { warrant } = await exchange(code)
      if (!warrant) throw new Failure(ERROR.UNREADABLE)
      storage.set(STORAGE_KEY, warrant)
      return warrant
    } catch (error) {
      // 400: WeChat's code was used or too old; 502, 503, 504: WeChat refused, is busy or timed out behind the server.
      // Nobody can log in by hand: all that helps is another try, which asks WeChat for a new code.
      const again = error.status === 400 || (error.status >= 502 && error.status <= 504)
      throw again ? new Failure(ERROR.LOGIN_UNAVAILABLE, { status: error.status, requestId: error.requestId }) : error
    }
  }

  function shared() {
    if (login) return login
    if (failed && clock() - failed.at < COOL_DOWN_MS) return Promise.reject(failed.failure)
    login = logIn().then(
      (warrant) => {
        login = null
        failed = null
        return warrant
      },
      (failure) => {
        login = null
        failed = { at: clock(), failure }
        throw failure
      },
    )
    return login
  }

  return {
    /** Has this phone a warrant? */
    known: () => !!stored(),

    /** The stored warrant, or one from a fresh login. Rejects with a Failure. */
    warrant() {
      const known = stored()
      return known && !login ? Promise.resolve(known) : shared()
    },

    /** A warrant to use after `refused` got a 401: a newer one that another request got, or one login for all who ask. */
    renew(refused) {
      const known = stored()
      if (known && known !== refused && !login) return Promise.resolve(known)
      if (!login && clock() - renewedAt < COOL_DOWN_MS) return Promise.reject(new Failure(ERROR.SESSION_REFUSED, { status: 401 }))
      if (!login) storage.remove(STORAGE_KEY)
      return shared().then((warrant) => {
        renewedAt = clock()
        return warrant
      })
    },

    /** Lets the next request log in at once, even after a failure: the user pressed 重试. */
    forgetFailure() {
      failed = null
    },

    forget() {
      storage.remove(STORAGE_KEY)
      failed = null
      renewedAt = -COOL_DOWN_MS
    },
  }
}

module.exports = { createSession, COOL_DOWN_MS }
