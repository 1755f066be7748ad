// An escort's pay: a statement is confirmed knowingly, doubts survive a lost answer, and a photo is taken once.

const test = require('node:test')
const assert = require('node:assert/strict')
const { freshPhone, live, until } = require('./stand-ins')

const LOST = { errMsg: 'request:fail timeout' }
const LINE = { id: 1, kind: 'correction', day: '2020-11-02', service: '全程陪诊', hospital: '西京医院', amount: '￥-15.50', reason: '迟到', held: '' }
const STATEMENT = { id: 3, month: '2020-11', number: 1, state: 'issued', total: '￥1,273', lineCount: 2, paidDay: '', orders: '￥1,288.50', corrections: '￥-15.50', questions: [], answers: [], reference: '' }

function loggedIn(answers) {
  const phone = freshPhone()
  phone.storage.set('warrant', 'w')
  phone.sent = []
  phone.answer = ({ url, data, method }) => {
    const [, name] = /(\w+)\/(?:\?.*)?$/.exec(url)
    if (method === 'POST') phone.sent.push([name, data])
    if (name === 'statement') return { data: { code: 0, statement: STATEMENT, lines: [LINE], next: 0 } }
    return answers[name] ? answers[name](data) : { data: { code: 0 } }
  }
  return phone
}

/** A new instance of the page, in the same run of the program. */
async function opened(file, query = {}) {
  delete require.cache[require.resolve(`../packages/escort/${file}`)]
  const page = live(`packages/escort/${file}`)
  page.onLoad(query)
  await until(() => page.data.state !== 'loading')
  return page
}

test('sums below zero and days are written as people write them', async () => {
  loggedIn({})
  const page = await opened('statement/statement.js', { id: '3' })
  assert.equal(page.data.statement.corrections, '-￥15.50')
  assert.equal(page.data.lines[0].amount, '-￥15.50')
  assert.match(page.data.lines[0].detail, /11月2日.*西京医院/)
})

test('a statement is confirmed after its sum was read, and not by a tap alone', async () => {
  const phone = loggedIn({})
  const page = await opened('statement/statement.js', { id: '3' })
  phone.sure = false
  await page.confirm()
  assert.deepEqual(phone.sent, [])
  assert.match(phone.said.at(-1), /2020年11月.*￥1,273.*不能再提疑问/)
  phone.sure = true
  await Promise.all([page.confirm(), page.confirm()])
  assert.deepEqual(phone.sent, [['confirmStatement', { id: 3 }]])
})

const WAITING = { state: 'waiting', stateText: '等您收款', until: '2020-12-02 10:00:00', canReceive: true, note: '' }

/** A phone whose statement is being paid until `ends` questions were asked. */
function beingPaid(ends) {
  let asked = 0
  const phone = loggedIn({
    receiveTransfer: () => ({ data: { code: 0, mchId: '1900000001', appId: 'wx1', package: 'given' } }),
    checkTransfer: () => ({ data: { code: 0, state: (asked += 1) >= ends ? 'paid' : 'paying' } }),
  })
  const answer = phone.answer
  phone.answer = (request) => {
    if (!/escort.statement/.test(request.url)) return answer(request)
    const paid = asked >= ends
    const now = paid ? { state: 'paid', paidDay: '2020-12-01', reference: '微信转账 133', transfer: null, toReceive: false } : { state: 'paying', transfer: WAITING, toReceive: true }
    return { data: { code: 0, statement: { ...STATEMENT, ...now }, lines: [], next: 0 } }
  }
  return phone
}

test('a payment is received on WeChat\'s page, and the server says when the money is there', async () => {
  const phone = beingPaid(2)
  const page = await opened('statement/statement.js', { id: '3' })
  assert.equal(page.data.statement.words, '待收款')
  assert.match(page.data.statement.transfer.until, /12月2日.*10:00/)
  await Promise.all([page.receive(), page.receive()])
  assert.deepEqual(phone.receipts, ['given'])
  await until(() => page.data.statement.state === 'paid')
  assert.equal(page.data.statement.paidBy, '微信转账 133')
  assert.equal(page.data.statement.transfer, null)
  page.onUnload()
})

test('whoever closes WeChat\'s page reads nothing wrong, and another account is told why it did not open', async () => {
  const phone = beingPaid(100)
  const page = await opened('statement/statement.js', { id: '3' })
  phone.receipt = () => 'cancel'
  await page.receive()
  assert.deepEqual(phone.said, [])
  assert.equal(page.data.statement.state, 'paying')
  phone.receipt = () => 'not the payee'
  await page.receive()
  assert.match(phone.said.at(-1), /您自己的微信/)
  page.onUnload()
})

test('an old WeChat is told to update, and nothing is opened', async () => {
  const phone = beingPaid(100)
  phone.modern = false
  const page = await opened('statement/statement.js', { id: '3' })
  assert.equal(page.data.tooOld, true)
  assert.deepEqual(phone.receipts, [])
  page.onUnload()
})

test('a payment that has expired says so in the server\'s words, and the page shows what is now', async () => {
  const phone = beingPaid(100)
  const answer = phone.answer
  phone.answer = (request) => (/receiveTransfer/.test(request.url) ? { statusCode: 409, data: { code: 409, error: 'transfer_expired', msg: '已经过期' } } : answer(request))
  const page = await opened('statement/statement.js', { id: '3' })
  await page.receive()
  assert.match(phone.said.at(-1), /已经过期/)
  assert.deepEqual(phone.receipts, [])
  page.onUnload()
})

test('a doubt is kept while its answer is lost and the page is left, and sent with the same words', async () => {
  let arrived = 0
  const phone = loggedIn({ questionStatement: () => (arrived++ ? { data: { code: 0 } } : LOST) })
  const page = await opened('statement/statement.js', { id: '3' })
  page.openQuestion()
  page.onText({ detail: { value: '少了一单' } })
  await page.question()
  assert.equal(page.data.asking, true)
  page.onUnload()
  const again = await opened('statement/statement.js', { id: '3' })
  again.openQuestion()
  assert.equal(again.data.text, '少了一单')
  await again.question()
  assert.equal(again.data.asking, false)
  assert.deepEqual(phone.sent, Array(2).fill(['questionStatement', { id: 3, text: '少了一单' }]))
  again.openQuestion()
  assert.equal(again.data.text, '')
})

test('a document’s photo stays when the upload fails, and is sent again without being taken again', async () => {
  const phone = loggedIn({ qualifications: () => ({ data: { code: 0, data: [{ kind: 'health', title: '健康证', current: null, latest: null }] } }) })
  let taken = 0
  const uploads = []
  global.wx.chooseMedia = ({ success }) => {
    taken += 1
    success({ tempFiles: [{ tempFilePath: 'photo.jpg' }] })
  }
  global.wx.uploadFile = ({ filePath, url, success, fail }) => {
    uploads.push(filePath)
    if (uploads.length === 1) fail({ errMsg: 'uploadFile:fail timeout' })
    else success({ statusCode: 200, data: JSON.stringify({ code: 0, data: [] }), header: {}, url })
  }
  const page = await opened('documents/documents.js')
  page.open({ currentTarget: { dataset: { kind: 'health' } } })
  await page.choosePhoto()
  assert.equal(taken, 0, 'the last day comes first')
  page.onDay({ detail: { value: '2099-01-01' } })
  await page.choosePhoto()
  assert.equal(page.data.photo, 'photo.jpg')
  assert.ok(page.data.chosen)
  assert.equal(phone.said.length, 1)
  await page.upload()
  assert.equal(page.data.chosen, null)
  assert.deepEqual([taken, uploads], [1, ['photo.jpg', 'photo.jpg']])
})
