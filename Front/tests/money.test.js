const test = require('node:test')
const assert = require('node:assert/strict')
const { toFen, fromFen, priceParts } = require('../utils/money')

test('amounts of the wire become fen and come back the same', () => {
  for (const [text, fen] of [['￥588', 58800], ['￥588.50', 58850], ['￥0.01', 1], ['￥1', 100], ['￥10240.09', 1024009]]) {
    assert.equal(toFen(text), fen)
    assert.equal(fromFen(fen), text)
  }
})

test('one decimal means tens of fen, and 0.1 + 0.2 is 0.3', () => {
  assert.equal(toFen('0.1') + toFen('0.2'), toFen('￥0.3'))
})

test('what is no amount is none', () => {
  for (const text of ['', undefined, null, '价格', '￥-1', '￥1.234', '1e3']) assert.ok(Number.isNaN(toFen(text)), String(text))
})

test('a price tag has yuan and, only when there are any, cents', () => {
  assert.deepEqual(priceParts('￥588'), { yuan: '588', cents: '' })
  assert.deepEqual(priceParts('￥588.5'), { yuan: '588', cents: '.50' })
  assert.deepEqual(priceParts('面议'), { yuan: '面议', cents: '' })
})
