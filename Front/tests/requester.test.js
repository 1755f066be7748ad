const test = require('node:test')
const assert = require('node:assert/strict')
const { createRequester } = require('../services/requester')
const { createSession, COOL_DOWN_MS } = require('../services/session')
const { Failure } = require('../services/failure')
const { ERROR } = require('../services/states')

/** A server that takes the warrants in `valid`; counts what happens. */
function backend({ valid = ['w1'], firstWarrant = '', loginFails = null, answer } = {}) {
  const state = { valid, logins: 0, requests: [], now: 0, loginFails, storage: { warrant: firstWarrant } }
  const pause = () => new Promise((resolve) => setImmediate(resolve))
  const session = createSession({
    askWeChat: async () => {
      await pause()
      if (state.loginFails === 'wechat') throw new Error('login:fail')
      return 'code'
    },
    exchange: async () => {
      state.logins += 1
      await pause()
      if (state.loginFails) throw state.loginFails
      return { warrant: state.valid[state.valid.length - 1] || `refused${state.logins}` }
    },
    storage: { get: (key) => state.storage[key], set: (key, value) => { state.storage[key] = value }, remove: (key) => { delete state.storage[key] } },
    clock: () => state.now,
  })
  const send = async (options) => {
    state.requests.push(options)
    await pause()
    if (answer) return answer(options)
    const warrant = String(options.header.Authorization || '').replace('Bearer ', '')
    if (!state.valid.includes(warrant)) return { statusCode: 401, data: { code: 401, error: 'unauthorized', msg: '请重新登录', request_id: 'r1' } }
    return { statusCode: 200, data: { code: 0, who: warrant }, header: {} }
  }
  return { state, session, server: createRequester({ send, upload: send, download: send, session, serverUrl: 'https://server.test/base' }) }
}

const failureOf = (promise) => promise.then(() => assert.fail('it did not fail'), (failure) => failure)

test('the first request logs in, and the warrant goes in the header only', async () => {
  const { state, server } = backend()
  await server.post('user/x/', { a: 1 })
  const [{ header, url, data }] = state.requests
  assert.equal(header.Authorization, 'Bearer w1')
  assert.equal(url, 'https://server.test/base/user/x/')
  assert.deepEqual(data, { a: 1 })
})

test('ten requests at once log in once', async () => {
  const { state, server } = backend()
  const answers = await Promise.all(Array.from({ length: 10 }, () => server.get('user/me/')))
  assert.equal(state.logins, 1)
  assert.ok(answers.every((answer) => answer.who === 'w1'))
})

test('a 401 is answered by one silent login and the same request again', async () => {
  const { state, server } = backend({ firstWarrant: 'old', valid: ['w2'] })
  assert.equal((await server.get('user/me/')).who, 'w2')
  assert.equal(state.logins, 1)
  assert.equal(state.requests.length, 2)
})

test('ten refused requests share one login', async () => {
  const { state, server } = backend({ firstWarrant: 'old', valid: ['w2'] })
  await Promise.all(Array.from({ length: 10 }, () => server.get('user/me/')))
  assert.equal(state.logins, 1)
  assert.equal(state.requests.length, 20)
})

test('a second 401 is told to the user, and ten of them make no storm of logins', async () => {
  const { state, server } = backend({ firstWarrant: 'old', valid: [] })
  const failures = await Promise.all(Array.from({ length: 10 }, () => failureOf(server.get('user/me/'))))
  assert.ok(failures.every((failure) => failure.slug === ERROR.SESSION_REFUSED && failure.message.includes('登录')))
  assert.equal(state.logins, 1)
  await failureOf(server.get('user/me/'))
  assert.equal(state.logins, 1, 'a fresh warrant that is refused is not renewed again at once')
  state.now += COOL_DOWN_MS + 1
  await failureOf(server.get('user/me/'))
  assert.equal(state.logins, 2)
})

test('WeChat’s login being down is said in plain words, once for all, until the user tries again', async () => {
  const { state, session, server } = backend({ loginFails: new Failure('wechat_unavailable', { status: 502 }) })
  const failures = await Promise.all(Array.from({ length: 10 }, () => failureOf(server.get('user/me/'))))
  assert.ok(failures.every((failure) => failure.slug === ERROR.LOGIN_UNAVAILABLE && failure.message.includes('微信登录')))
  assert.equal(state.logins, 1)
  await failureOf(server.get('user/me/'))
  assert.equal(state.logins, 1)
  state.loginFails = null
  session.forgetFailure()
  assert.equal((await server.get('user/me/')).who, 'w1')
})

test('a login code that the server refuses gives the same message: nobody can log in by hand', async () => {
  const { state, session, server } = backend({ loginFails: new Failure('login_code_used', { status: 400, message: '登录凭证已被使用，请重新登录' }) })
  assert.equal((await failureOf(server.get('user/me/'))).slug, ERROR.LOGIN_UNAVAILABLE)
  state.loginFails = null
  session.forgetFailure()
  assert.equal((await server.get('user/me/')).who, 'w1')
})

test('wx.login failing gives the same message', async () => {
  const { server } = backend({ loginFails: 'wechat' })
  assert.equal((await failureOf(server.get('user/me/'))).slug, ERROR.LOGIN_UNAVAILABLE)
})

test('what is public needs no login', async () => {
  const { state, server } = backend({ answer: () => ({ statusCode: 200, data: { code: 0 }, header: {} }) })
  await server.get('catalog/', undefined, { login: false })
  assert.equal(state.logins, 0)
  assert.equal(state.requests[0].header.Authorization, undefined)
})

test('every failure has one shape', async () => {
  const cases = [
    [{ statusCode: 400, data: { code: 1, error: 'invalid', msg: '请检查', fields: { phone: ['电话不对'] }, request_id: 'r7' } }, { slug: 'invalid', message: '请检查', status: 400 }],
    [{ statusCode: 409, data: { code: 2, error: 'order_state', msg: '仅支持删除未支付的订单' } }, { slug: 'order_state', message: '仅支持删除未支付的订单', status: 409 }],
    [{ statusCode: 500, data: '<html>' }, { slug: 'http_500', message: '服务器忙，请稍后再试', status: 500 }],
    [{ statusCode: 200, data: '<html>login to wifi</html>' }, { slug: ERROR.UNREADABLE, status: 200 }],
    [{ statusCode: 200, data: { code: 7, error: 'odd', msg: '现在不行' } }, { slug: 'odd', message: '现在不行', status: 200 }],
  ]
  for (const [answer, expected] of cases) {
    const { server } = backend({ firstWarrant: 'w1', answer: () => answer })
    const failure = await failureOf(server.post('user/x/'))
    assert.ok(failure instanceof Failure)
    for (const [name, value] of Object.entries(expected)) assert.equal(failure[name], value)
    assert.ok(failure.message.length > 2)
  }
})

test('a field’s complaint is read by its name', async () => {
  const { server } = backend({ firstWarrant: 'w1', answer: () => ({ statusCode: 400, data: { error: 'invalid', msg: '请检查', fields: { phone: ['电话不对'] } } }) })
  const failure = await failureOf(server.post('user/x/'))
  assert.equal(failure.about('phone'), '电话不对')
  assert.equal(failure.about('name'), '')
})

test('no network and a slow network are told apart', async () => {
  for (const [errMsg, slug] of [['request:fail timeout', ERROR.TIMEOUT], ['request:fail net::ERR_CONNECTION_REFUSED', ERROR.OFFLINE]]) {
    const { server } = backend({ firstWarrant: 'w1', answer: () => Promise.reject({ errMsg }) })
    assert.equal((await failureOf(server.get('user/me/'))).slug, slug)
  }
})

test('an old release’s code as text still counts as success', async () => {
  const { server } = backend({ firstWarrant: 'w1', answer: () => ({ statusCode: 200, data: '{"code":"0","x":1}' }) })
  assert.equal((await server.get('x/')).x, 1)
})

test('an unchanged catalog is a 304 without a body, and the tag is kept', async () => {
  const seen = []
  const { server } = backend({ answer: (options) => {
    seen.push(options.header['If-None-Match'])
    return seen.length === 1 ? { statusCode: 200, data: { code: 0, version: '1' }, header: { ETag: '"a"' } } : { statusCode: 304, data: '', header: {} }
  } })
  const first = await server.getIfChanged('catalog/', '')
  assert.deepEqual([first.body.version, first.etag], ['1', '"a"'])
  assert.deepEqual(await server.getIfChanged('catalog/', first.etag), { body: null, etag: '"a"' })
  assert.deepEqual(seen, [undefined, '"a"'])
})

test('logging out forgets the warrant and allows a login at once', async () => {
  const { state, session, server } = backend({ firstWarrant: 'w1' })
  session.forget()
  assert.equal(state.storage.warrant, undefined)
  await server.get('user/me/')
  assert.equal(state.logins, 1)
})

test('a file that only the caller may see is fetched with the warrant, and again after a silent login', async () => {
  const { state, server } = backend({
    firstWarrant: 'old',
    answer: ({ header }) => (header.Authorization === 'Bearer w1' ? { statusCode: 200, tempFilePath: 'wxfile://tmp/1' } : { statusCode: 401 }),
  })
  assert.equal(await server.download('visits/photos/a.webp'), 'wxfile://tmp/1')
  assert.deepEqual([state.logins, state.requests.length], [1, 2])
})

test('a refused file is a failure and no path', async () => {
  const { server } = backend({ answer: () => ({ statusCode: 404, tempFilePath: 'wxfile://tmp/page-of-an-error' }) })
  assert.equal((await failureOf(server.download('visits/photos/a.webp'))).status, 404)
})
