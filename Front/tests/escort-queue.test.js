// What an escort presses in a basement reaches the server once, in its order, and is never lost on the way.

const test = require('node:test')
const assert = require('node:assert/strict')
const { createQueue, WHAT } = require('../packages/escort/services/queue')
const { Failure } = require('../services/failure')
const { ERROR } = require('../services/states')

const OFFLINE = () => new Failure(ERROR.OFFLINE)
const refusal = (status, slug, message) => new Failure(slug, { status, message })

/** A phone whose storage holds text, as WeChat's does, and a server that `answer` plays. */
function phone(answer = () => {}, stored = '[]') {
  const state = { stored, sent: [], removed: [] }
  const make = () => createQueue({
    storage: { read: () => JSON.parse(state.stored), write: (entries) => { state.stored = JSON.stringify(entries) } },
    send: async (entry) => {
      await new Promise((resolve) => setImmediate(resolve))
      await answer(entry, state)
      state.sent.push(entry.actionId)
    },
    removeFile: (path) => state.removed.push(path),
  })
  return { state, queue: make(), restart: make }
}

const step = (number, more = {}) => ({ actionId: `a${number}`, orderId: 7, what: WHAT.STEP, phoneTime: number, body: { kind: 'node' }, ...more })

test('forty steps pressed without a network go in the order in which they were pressed', async () => {
  let network = false
  const { state, queue } = phone(() => { if (!network) throw OFFLINE() })
  for (let number = 1; number <= 40; number += 1) {
    queue.add(step(number))
    await queue.flush()
  }
  assert.equal(queue.waiting(7).length, 40)
  network = true
  assert.equal(await queue.flush(), 40)
  assert.deepEqual(state.sent, Array.from({ length: 40 }, (_, index) => `a${index + 1}`))
  assert.equal(state.stored, '[]')
})

test('what waits is there after a restart of the program', async () => {
  const { restart, queue } = phone(() => { throw OFFLINE() })
  queue.add(step(1))
  await queue.flush()
  assert.deepEqual(restart().waiting(7).map((entry) => entry.actionId), ['a1'])
})

test('a network that goes away half-way keeps what was not sent, and the same mark', async () => {
  let left = 2
  const { state, queue } = phone(() => { if (left-- <= 0) throw OFFLINE() })
  for (const number of [1, 2, 3]) queue.add(step(number))
  await queue.flush()
  assert.deepEqual([state.sent, queue.waiting().map((entry) => entry.actionId)], [['a1', 'a2'], ['a3']])
})

test('two calls at once share one round: nothing is sent twice', async () => {
  const { state, queue } = phone()
  queue.add(step(1))
  queue.add(step(2))
  await Promise.all([queue.flush(), queue.flush(), queue.flush()])
  assert.deepEqual(state.sent, ['a1', 'a2'])
})

test('what is pressed while a round is under way goes with it', async () => {
  const { state, queue } = phone()
  queue.add(step(1))
  const round = queue.flush()
  queue.add(step(2))
  await round
  assert.deepEqual(state.sent, ['a1', 'a2'])
})

for (const status of [429, 500, 502, 503, 504, 401, 408]) {
  test(`a ${status} is tried again later`, async () => {
    const { queue } = phone(() => { throw refusal(status, 'busy', '忙') })
    queue.add(step(1))
    await queue.flush()
    assert.deepEqual(queue.waiting().map((entry) => entry.refused), [''])
  })
}

for (const [slug, status] of [[ERROR.UNREADABLE, 200], ['http_403', 403], ['http_404', 404]]) {
  test(`a ${status} that is not our server’s (${slug}) is tried again later`, async () => {
    const { queue } = phone(() => { throw refusal(status, slug, '') })
    queue.add(step(1))
    await queue.flush()
    assert.deepEqual(queue.waiting().map((entry) => entry.refused), [''])
  })
}

test('a file that a proxy takes for too large is refused: it would hold up all behind it', async () => {
  const { state, queue } = phone((entry) => { if (entry.actionId === 'a1') throw refusal(413, 'http_413', '太大') })
  queue.add(step(1))
  queue.add(step(2))
  await queue.flush()
  assert.deepEqual([state.sent, queue.waiting()[0].refused], [['a2'], '太大'])
})

test('a refusal stays with its reason and holds up nothing behind it', async () => {
  const { state, queue } = phone((entry) => { if (entry.actionId === 'a1') throw refusal(409, 'not_your_job', '这一单已改派') })
  queue.add(step(1))
  queue.add(step(2))
  await queue.flush()
  assert.deepEqual(state.sent, ['a2'])
  assert.deepEqual(queue.waiting().map(({ actionId, refused }) => [actionId, refused]), [['a1', '这一单已改派']])
  queue.dismiss('a1')
  assert.equal(queue.waiting().length, 0)
})

test('the photos of a refused step are refused with it, and their files go when it is dismissed', async () => {
  const { state, queue } = phone((entry) => { if (entry.what === WHAT.STEP) throw refusal(404, 'order_not_found', '没有这一单') })
  queue.add(step(1))
  queue.add({ actionId: 'p1', orderId: 7, what: WHAT.PHOTO, stepActionId: 'a1', filePath: 'wxfile://1' })
  await queue.flush()
  assert.deepEqual([state.sent, queue.waiting().map((entry) => entry.refused)], [[], ['没有这一单', '没有这一单']])
  queue.dismiss('a1')
  assert.deepEqual([queue.waiting().length, state.removed], [0, ['wxfile://1']])
})

test('a photo’s file is removed once the server has it', async () => {
  const { state, queue } = phone()
  queue.add({ actionId: 'p1', orderId: 7, what: WHAT.PHOTO, stepActionId: 'a1', filePath: 'wxfile://1' })
  await queue.flush()
  assert.deepEqual(state.removed, ['wxfile://1'])
})

test('a page hears of every change until it is left', async () => {
  const { queue } = phone()
  let heard = 0
  const stop = queue.watch(() => { heard += 1 })
  queue.add(step(1))
  await queue.flush()
  assert.equal(heard, 2)
  stop()
  queue.add(step(2))
  assert.equal(heard, 2)
})
