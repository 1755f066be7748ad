// Complaints and invoices: nothing is sent twice, nothing that was typed is lost, and a broken promise is not repeated.

const test = require('node:test')
const assert = require('node:assert/strict')
const { freshPhone, live, until } = require('./stand-ins')

const COMPLAINTS = 'packages/after-sales/complaints/complaints.js'
const INVOICES = 'packages/after-sales/invoices/invoices.js'
const LOST = { errMsg: 'request:fail timeout' }
const shanghai = (ms) => new Date(ms + 8 * 3600 * 1000).toISOString().slice(0, 19).replace('T', ' ')
const row = (changes) => ({ id: 1, kind: 'service', title: '服务质量', state: 'open', text: '迟到了', photos: [], time: '', due: '', entries: [], ...changes })

function loggedIn(answers) {
  const phone = freshPhone()
  phone.storage.set('warrant', 'w')
  phone.sent = []
  phone.answer = ({ url, data, method }) => {
    const [, name] = /(\w+)\/(?:\?.*)?$/.exec(url)
    if (method === 'POST') phone.sent.push([name, data])
    return answers[name] ? answers[name](data) : { data: { code: 0, data: [], next: 0 } }
  }
  return phone
}

async function opened(file, query) {
  const page = live(file)
  page.onLoad(query)
  await until(() => page.data.state !== 'loading')
  return page
}

test('a complaint whose answer was lost is sent again under the same name, and is forgotten once it has arrived', async () => {
  let arrived = 0
  const phone = loggedIn({ complain: () => (arrived++ ? { data: { code: 0, id: 1 } } : LOST) })
  const page = await opened(COMPLAINTS, { id: '7' })
  page.openForm()
  page.chooseKind({ detail: { value: 'service' } })
  page.onType({ detail: { value: '迟到了四十分钟' } })
  await page.send()
  assert.equal(page.data.text, '迟到了四十分钟')
  page.close()
  page.openForm()
  assert.equal(page.data.text, '迟到了四十分钟')
  await page.send()
  const [first, second] = phone.sent.filter(([name]) => name === 'complain')
  assert.deepEqual(first, second)
  page.openForm()
  assert.equal(page.data.text, '')
})

test('two taps on 提交 send one complaint', async () => {
  const phone = loggedIn({ complain: () => ({ data: { code: 0, id: 1 } }) })
  const page = await opened(COMPLAINTS, { id: '7' })
  page.openForm()
  page.chooseKind({ detail: { value: 'fee' } })
  page.onType({ detail: { value: '多收了二十元' } })
  await Promise.all([page.send(), page.send()])
  assert.equal(phone.sent.filter(([name]) => name === 'complain').length, 1)
})

test('what was changed after a lost answer is kept, said to be unsent, and goes out under a name of its own', async () => {
  const arrived = new Set()
  const phone = loggedIn({
    complain: ({ actionId, text }) => {
      if (arrived.has(actionId)) return { statusCode: 409, data: { error: 'action_reused', msg: '' } }
      arrived.add(actionId)
      return text.includes('改') ? { data: { code: 0, id: 2 } } : LOST
    },
  })
  const page = await opened(COMPLAINTS, { id: '7' })
  page.openForm()
  page.chooseKind({ detail: { value: 'service' } })
  page.onType({ detail: { value: '迟到了四十分钟' } })
  await page.send()
  page.onType({ detail: { value: '改一下：迟到了一小时' } })
  await page.send()
  assert.equal(page.data.sheet, 'new')
  assert.equal(page.data.text, '改一下：迟到了一小时')
  assert.match(phone.said.at(-1), /已经收到/)
  await page.send()
  assert.equal(page.data.sheet, '')
  assert.equal(arrived.size, 2)
})

test('a date that was promised and is over is not promised again', async () => {
  const now = Date.now()
  const rows = [row({ due: shanghai(now - 3600e3) }), row({ id: 2, due: shanghai(now + 3600e3) }), row({ id: 3, state: 'closed', due: shanghai(now - 3600e3) })]
  loggedIn({ getComplaints: () => ({ data: { code: 0, data: rows, next: 0 } }) })
  const page = await opened(COMPLAINTS, {})
  const [late, open, closed] = page.data.rows.map((one) => one.promise)
  assert.match(late, /答复晚了/)
  assert.match(open, /我们会在.+前答复您/)
  assert.equal(closed, '')
})

test('an invoice whose request arrived without an answer is shown as asked for, not asked for again', async () => {
  let asked = 0
  const offer = { open: true, amount: '￥588', kind: 'person', title: '', taxNumber: '', email: '' }
  const phone = loggedIn({
    getInvoices: () => ({ data: { code: 0, data: asked ? [{ id: 1, state: 'requested', time: '', decidedTime: '' }] : [], offer: asked ? { ...offer, open: false, reason: '正在处理' } : offer, next: 0 } }),
    requestInvoice: () => (asked++ ? { statusCode: 409, data: { error: 'invoice_already_requested', msg: '已经申请过' } } : LOST),
  })
  const page = await opened(INVOICES, { id: '7' })
  page.onType({ currentTarget: { dataset: { name: 'email' } }, detail: { value: 'li@example.com' } })
  await page.request()
  assert.equal(page.data.email, 'li@example.com')
  await page.request()
  assert.equal(page.data.offer.open, false)
  assert.equal(page.data.rows.length, 1)
  assert.match(phone.said.at(-1), /已经申请过/)
})

test('a company’s invoice needs its name and tax number, an address has to be one, and each is said at its field', async () => {
  const offer = { open: true, amount: '￥588', kind: '', title: '', taxNumber: '', email: '' }
  const phone = loggedIn({ getInvoices: () => ({ data: { code: 0, data: [], offer, next: 0 } }) })
  const page = await opened(INVOICES, { id: '7' })
  page.chooseKind({ detail: { value: 'company' } })
  page.onType({ currentTarget: { dataset: { name: 'email' } }, detail: { value: 'li@' } })
  page.request()
  assert.ok(page.data.wrong.title && page.data.wrong.taxNumber && page.data.wrong.email)
  assert.deepEqual(phone.sent, [])
})
