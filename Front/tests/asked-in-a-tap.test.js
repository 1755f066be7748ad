// WeChat refuses requestSubscribeMessage outside of a tap: what asks, asks before anything is waited for.

const test = require('node:test')
const assert = require('node:assert/strict')
const { readFileSync, readdirSync } = require('node:fs')
const path = require('node:path')
const { freshPhone, live, root } = require('./stand-ins')

const LEFT_OUT = new Set(['node_modules', 'miniprogram_npm', 'tests', 'tools'])
const ASKS = /\bmessages\.ask\w*\(|\bwx\.requestSubscribeMessage\(/g
const WAITS = /\bawait\b|\.then\(|\bset(Timeout|Immediate|Interval)\(|\bsuccess\s*[:(]|\bnextTick\(/

function* sources(folder = root) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const name = path.join(folder, entry.name)
    if (entry.isDirectory()) {
      if (!LEFT_OUT.has(entry.name)) yield* sources(name)
    } else if (entry.name.endsWith('.js')) yield [path.relative(root, name), readFileSync(name, 'utf8')]
  }
}

/** What a function does before the call at `index`, from the line on which a method or a function of the module begins. */
function before(text, index) {
  const begins = [...text.slice(0, index).matchAll(/^(?: {0,4}(?:async )?\w+\([^)]*\) \{|(?:async )?function \w+\(|const \w+ = (?:async )?\()/gm)]
    .filter(([line]) => !/^\s*(if|for|while|switch)\b/.test(line))
  assert.ok(begins.length, 'it stands in a function')
  return text.slice(begins.at(-1).index, index).replace(/\bawait $/, '')
}

/** Every call that asks: [file, what its function does before]. */
function asking() {
  const found = []
  for (const [name, text] of sources()) {
    for (const { index } of text.matchAll(ASKS)) found.push([name, before(text, index)])
  }
  return found
}

test('nothing is waited for between the tap and the question', () => {
  const found = asking()
  assert.ok(found.length >= 10, `${found.length} places ask`)
  for (const [name, earlier] of found) assert.doesNotMatch(earlier, WAITS, name)
})

test('WeChat is asked in one place alone, which the others call', () => {
  const direct = [...sources()].filter(([, text]) => text.includes('wx.requestSubscribeMessage(')).map(([name]) => name)
  assert.deepEqual(direct, ['services/messages.js'])
})

test('a wait before the question would be seen', () => {
  const text = "  methods: {\n    async pay() {\n      await orders.pay()\n      messages.ask(['t'])\n    },\n  },\n"
  assert.match(before(text, text.indexOf('messages.ask')), WAITS)
})

const CATALOG = {
  code: 0, version: 1, banners: [], hospitals: [], services: [],
  messages: { templates: ['t1', 't2', 't3', 't4'], escortTemplates: ['e1'], occasions: { supplement: ['s1'], statement: ['p1'] } },
}

async function phoneThatKnowsTemplates() {
  const phone = freshPhone()
  phone.answer = () => ({ data: CATALOG })
  await require('../services/catalog').refresh()
  phone.answer = () => ({ data: { code: 0, data: [] } })
  return phone
}

const TAPS = [
  ['pages/order/order-detail/order-detail', (page) => page.pay(), { order: { id: 5 } }, ['t1', 't2', 't3']],
  ['pages/order/order-detail/order-detail', (page) => page.paySupplement({ detail: { id: 3 } }), { order: { id: 5 } }, ['t1', 't2', 't3']],
  ['pages/order/order-detail/order-detail', (page) => page.confirmVisit(), { order: { id: 5 }, pays: true }, ['s1']],
  ['pages/order/notice-card/notice-card', (card) => card.remind(), { orderId: 5 }, ['t1', 't2', 't3']],
  ['packages/escort/statement/statement', (page) => page.confirm(), {}, ['p1']],
  ['packages/escort/workbench/workbench', (page) => page.accept({ currentTarget: { dataset: { id: 5 } } }), {}, ['e1']],
]
for (const [file, tap, data, expected] of TAPS) {
  test(`${file}: ${tap} asks within the tap, for three at most`, async () => {
    const phone = await phoneThatKnowsTemplates()
    const page = live(`${file}.js`, data)
    const done = tap(page)
    assert.deepEqual(phone.subscribe, [expected], 'before the tap has returned')
    await Promise.resolve(done).catch(() => {})
  })
}
