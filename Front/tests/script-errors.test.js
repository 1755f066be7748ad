const test = require('node:test')
const assert = require('node:assert/strict')
const { freshPhone } = require('./stand-ins')

test('a script error is told once, without a login, and not more than a few of one run', () => {
  const phone = freshPhone()
  phone.answer = () => ({ data: { code: 0 } })
  global.getCurrentPages = () => [{ route: 'pages/home/home' }]
  const { report } = require('../services/script-errors')
  const { Failure } = require('../services/failure')
  report(new Failure('offline'))
  for (const message of ['a', 'a', 'b', 'c', 'd']) report({ message })
  report('')
  assert.deepEqual(phone.requests.map(({ data }) => [data.message, data.page]), [['a', 'pages/home/home'], ['b', 'pages/home/home'], ['c', 'pages/home/home']])
  assert.ok(phone.requests.every(({ url, header }) => url.endsWith('client/errors/') && !header.Authorization))
})
