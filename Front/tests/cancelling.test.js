const test = require('node:test')
const assert = require('node:assert/strict')
const { freshPhone, live } = require('./stand-ins')
const { DAY, server, openForm } = require('./order-form-fixture')

const REFUND = { amount: '￥99', percent: 50, rule: '就诊前不足 24 小时退款 50%', remaining: '￥198' }

/** The sheet as it stands open, and what it has sent. */
function sheetOf(kind, refund = REFUND) {
  freshPhone()
  const sheet = live('components/refund-sheet/refund-sheet.js', { visible: true, kind, refund, sending: false })
  const sent = []
  sheet.triggerEvent = (name, detail) => sent.push([name, detail])
  sheet.setData({ cancels: kind === 'cancel' })
  return { sheet, sent }
}

const choose = (sheet, reason) => sheet.choose({ currentTarget: { dataset: { reason } } })
const type = (sheet, method, value) => sheet[method]({ detail: { value } })

test('cancelling sends the amount that was shown, 0 too', () => {
  for (const amount of ['￥99', '￥0']) {
    const { sheet, sent } = sheetOf('cancel', { ...REFUND, amount })
    sheet.send()
    assert.deepEqual([sent, sheet.data.wrong], [[], '请选择原因'])
    choose(sheet, '其他原因')
    sheet.send()
    assert.equal(sheet.data.wrong, '请写一下原因')
    type(sheet, 'onType', ' 改期 ')
    sheet.send()
    assert.deepEqual(sent, [['send', { reason: '其他原因：改期', amount }]])
  }
})

test('money back asks how much, within what is left', () => {
  for (const [typed, complaint] of [['', /希望退多少/], ['0', /希望退多少/], ['x', /希望退多少/], ['198.01', /最多可以申请 ￥198/]]) {
    const { sheet, sent } = sheetOf('money_back')
    choose(sheet, '多付了钱')
    type(sheet, 'onSum', typed)
    sheet.send()
    assert.deepEqual(sent, [])
    assert.match(sheet.data.wrong, complaint)
  }
  const { sheet, sent } = sheetOf('money_back')
  choose(sheet, '多付了钱')
  type(sheet, 'onSum', '50.5')
  sheet.send()
  assert.deepEqual(sent, [['send', { reason: '多付了钱', amount: '￥50.50' }]])
})

test('the order page sends the kind of its sheet', async () => {
  const phone = freshPhone()
  phone.storage.set('warrant', 'w')
  const calls = []
  phone.answer = ({ url, data }) => {
    calls.push([url.replace('https://server.test/', ''), data])
    return { data: { code: 0, order: { id: 5, progress: '已付款', wantTime: DAY }, actions: ['cancel', 'money_back'], refund: REFUND, rule: { lines: ['a'] }, refunds: [], timeline: [] } }
  }
  const detail = live('pages/order/order-detail/order-detail.js', { orderId: '5', justPaid: '' })
  await detail.reload()
  assert.deepEqual(detail.data.rule, { lines: ['a'] })
  for (const kind of ['cancel', 'money_back']) {
    detail.openSheet({ currentTarget: { dataset: { sheet: kind } } })
    await detail.sendRequest({ detail: { reason: 'x', amount: '￥99' } })
    assert.equal(detail.data.sheet, '')
  }
  const sent = calls.filter(([path]) => path === 'user/refund1order/').map(([, data]) => [data.kind, data.amount])
  assert.deepEqual(sent, [['cancel', '￥99'], ['money_back', '￥99']])
})

test('the rule of the chosen day stands on the form before paying, and a failure can be tried again', async () => {
  const phone = freshPhone()
  server(phone)
  const answer = phone.answer
  let rule = { data: { code: 0, rule: { lines: ['11月30日 8:00 前可全退'] } } }
  const asked = []
  phone.answer = (options) => {
    if (!options.url.includes('catalog/refundRule/')) return answer(options)
    asked.push(options.data.wantTime)
    return rule
  }
  const form = await openForm({ serviceId: '4', hospitalId: '1' })
  assert.deepEqual([form.data.rule, asked], [null, []])
  form.change({ wantTime: DAY })
  await new Promise((resolve) => setTimeout(resolve, 20))
  assert.deepEqual([form.data.rule.lines, asked], [['11月30日 8:00 前可全退'], [DAY]])
  rule = { errMsg: 'request:fail' }
  await form.loadRule()
  assert.ok(form.data.ruleFailure)
  assert.deepEqual(form.data.rule.lines, ['11月30日 8:00 前可全退'], 'what was read stays')
  rule = { data: { code: 0, rule: { lines: ['b'] } } }
  await form.loadRule()
  assert.deepEqual([form.data.rule.lines, form.data.ruleFailure], [['b'], ''])
})
