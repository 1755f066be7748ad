const test = require('node:test')
const assert = require('node:assert/strict')
const { freshPhone, live, until } = require('./stand-ins')

const NOW = Date.parse('2026-11-30T01:00:00Z') // 9:00 at the hospital
const ORDER = { id: 5, progress: '在服务', stage: '今天就诊', role: 'owner', wantTime: '2026-11-30', visitTime: '08:30', hospital: '西京医院', hospitalid: 1, department: '心内科', meetingPoint: '门诊楼正门', patient: '李建国', paidTime: '2026-11-20 10:00:00', price: '￥198' }
const answerOf = (order, more = {}) => ({ order: { ...ORDER, ...order }, timeline: [], actions: [], refund: null, rule: null, refunds: [], ...more })
const STEP = { id: 1, kind: 'met', node: '', title: '已接到', time: '2026-11-30 08:31:00', phoneTime: '2026-11-30 08:31:00', note: '', skipped: [], photos: [], place: null }
const VISIT = { code: 0, stage: '服务中', version: 'v1', steps: [STEP], report: null, entries: [], consent: { given: false, version: '1', askNow: true }, troubles: [] }

function phoneWithCatalog() {
  const phone = freshPhone()
  phone.storage.set('warrant', 'w')
  phone.storage.set('catalog', {
    etag: '1', from: 'https://server.test/',
    body: { version: '1', visits: { callbackMinutes: 30, officeHours: '08:00-20:00' }, hospitals: [{ id: 1, name: '西京医院', latitude: 34.2, longitude: 108.9, address: '长乐西路' }], services: [{ id: 4, name: '陪诊', unit: '次', price: '￥1' }] },
  })
  return phone
}

test('the meeting card says when, where, and what to bring, and leads there', () => {
  phoneWithCatalog()
  const { presentOrder } = require('../pages/order/order-detail/presentation')
  const { meeting, stage, explanation } = presentOrder(answerOf({}), NOW)
  assert.deepEqual([meeting.when, meeting.meetingPoint, meeting.place, meeting.settled], ['今天 11月30日 周一 上午 8:30', '门诊楼正门', '西京医院 · 心内科', true])
  assert.deepEqual([meeting.map.latitude, stage], [34.2, '今天就诊'])
  assert.ok(meeting.bring.includes('身份证') && explanation.text.includes('今天就诊'))
  const open = presentOrder(answerOf({ visitTime: '', progress: '已付款', stage: '待安排' }), NOW)
  assert.deepEqual([open.meeting.settled, open.meeting.when], [false, '今天 11月30日 周一 时间待确认'])
  assert.equal(open.explanation.text, '我们会在 30 分钟内打电话给您，确认碰面的时间和地点。')
})

test('when the office calls is told by its hours, and whom it calls by who reads it', () => {
  phoneWithCatalog()
  const { presentOrder } = require('../pages/order/order-detail/presentation')
  const paid = { progress: '已付款', stage: '待安排' }
  const said = (hour, role = 'owner') => presentOrder(answerOf({ ...paid, role }), Date.parse(`2026-11-30T${hour}:00+08:00`)).promised
  assert.deepEqual(['07:59', '08:00', '19:59', '20:00'].map((hour) => said(hour).split('打电话')[0]), [
    '我们会在今天上午 8:00 上班后', '我们会在 30 分钟内', '我们会在 30 分钟内', '我们会在明天上午 8:00 上班后',
  ])
  assert.ok(said('09:00', 'payer').includes('打电话给下单的家人') && said('09:00').includes('打电话给您'))
})

test('a promise to come in time stays on the page until the visit begins', () => {
  phoneWithCatalog()
  const { presentOrder } = require('../pages/order/order-detail/presentation')
  const can = (order) => presentOrder(answerOf({ reminderAsks: true, ...order }), NOW).can
  assert.deepEqual([can({}).promise, can({}).promised], [true, false])
  const told = can({ userConfirmed: true })
  assert.deepEqual([told.promise, told.promised, can({ userConfirmed: true, stage: '服务中' }).promised], [false, true, false])
})

test('an older server without stages and hours is shown in its own words', () => {
  freshPhone()
  const { presentOrder } = require('../pages/order/order-detail/presentation')
  const shown = presentOrder(answerOf({ stage: undefined, role: undefined, visitTime: undefined, meetingPoint: undefined }), NOW)
  assert.deepEqual([shown.stage, shown.owner, shown.meeting.map, shown.can.move, shown.can.promise], ['在服务', true, null, false, false])
})

test('a member reads the order and may leave it; what is the owner’s is not offered', () => {
  freshPhone()
  const { presentOrder } = require('../pages/order/order-detail/presentation')
  const { can, owner } = presentOrder(answerOf({ role: 'family', progress: '已完成' }), NOW)
  assert.deepEqual([owner, can.share, can.again, can.leave, can.follow], [false, false, false, true, true])
})

test('the visit is asked for while the page is looked at, and an unchanged one costs no body', async (t) => {
  const phone = phoneWithCatalog()
  const asked = []
  let stage = '服务中'
  phone.answer = ({ header }) => {
    asked.push(header['If-None-Match'])
    return header['If-None-Match'] === `"${stage}"` ? { statusCode: 304, data: '' } : { data: { ...VISIT, stage }, header: { ETag: `"${stage}"` } }
  }
  t.mock.timers.enable({ apis: ['setInterval'] })
  const story = live('pages/order/visit-story/visit-story.js', { orderId: 5, owner: true })
  story.setData({ active: true })
  await until(() => story.data.steps.length === 1)
  assert.equal(story.data.steps[0].when.endsWith('8:31'), true)
  t.mock.timers.tick(15000)
  await until(() => asked.length === 2)
  stage = '已完成'
  t.mock.timers.tick(15000)
  await until(() => (story.events || []).some(({ name }) => name === 'change'))
  assert.deepEqual(asked, [undefined, '"服务中"', '"服务中"'])
  story.setData({ active: false })
  t.mock.timers.tick(60000)
  assert.equal(asked.length, 3, 'in the background nothing is asked')
})

test('a step that was pressed without a network says both times, and what was left out', () => {
  freshPhone()
  const { presentVisit } = require('../pages/order/visit-story/presentation')
  const late = { ...STEP, time: '2026-11-30 08:50:00', skipped: ['已到达'] }
  const { steps } = presentVisit({ ...VISIT, steps: [late] }, NOW)
  assert.equal(steps[0].when, '今天 8:31（今天 8:50 收到）')
  assert.equal(steps[0].skipped, '没有记录：已到达')
})

test('the same question sent again is the same question', async () => {
  const phone = phoneWithCatalog()
  let up = false
  const sent = []
  phone.answer = ({ url, data }) => {
    if (!url.includes('askReport')) return { data: VISIT }
    sent.push(data)
    return up ? { data: { code: 0 } } : { errMsg: 'request:fail' }
  }
  const story = live('pages/order/visit-story/visit-story.js', { orderId: 5 })
  story.openQuestion()
  story.sendQuestion()
  assert.equal(story.data.wrong, '请写下您的问题')
  story.onQuestion({ detail: { value: '饭前吃还是饭后吃？' } })
  await story.sendQuestion()
  assert.equal(story.data.asking, true, 'what did not come through stays')
  up = true
  await story.sendQuestion()
  assert.deepEqual([sent.length, sent[0].actionId === sent[1].actionId, story.data.asking], [2, true, false])
  assert.match(sent[0].actionId, /^[0-9A-Za-z_-]{16,40}$/)
})

test('the consent is asked for once, and sent with the version that the server named', async () => {
  const phone = phoneWithCatalog()
  const sent = []
  phone.answer = ({ url, data }) => {
    if (url.includes('giveVisitConsent')) sent.push(data)
    return { data: { code: 0, ...answerOf({}) } }
  }
  const detail = live('pages/order/order-detail/order-detail.js', { orderId: '5', justPaid: '' })
  detail.selectComponent = () => null
  await detail.reload()
  detail.onConsent({ detail: VISIT.consent })
  assert.equal(detail.data.sheet, 'consent')
  detail.closeSheet()
  detail.onConsent({ detail: VISIT.consent })
  assert.equal(detail.data.sheet, '', 'not again on this page')
  await detail.sendConsent({ detail: { agree: true, erase: false } })
  assert.deepEqual(sent, [{ version: '1', agree: 'y', erase: 'n' }])
})

test('what was recorded is erased after a question alone', async () => {
  for (const sure of [false, true]) {
    const phone = phoneWithCatalog()
    phone.sure = sure
    const sent = []
    phone.answer = ({ url, data }) => {
      if (url.includes('giveVisitConsent')) sent.push(data)
      return { data: { code: 0, ...answerOf({}) } }
    }
    const detail = live('pages/order/order-detail/order-detail.js', { orderId: '5', justPaid: '' })
    detail.selectComponent = () => null
    await detail.reload()
    detail.onConsent({ detail: { given: true, version: '1', askNow: false } })
    await detail.sendConsent({ detail: { agree: false, erase: true } })
    assert.ok(phone.said[0].includes('不能恢复'))
    assert.deepEqual(sent, sure ? [{ version: '1', agree: 'n', erase: 'y' }] : [])
  }
})

test('a visit is moved from what was shown; the same time again is not sent', async () => {
  const phone = phoneWithCatalog()
  const sent = []
  phone.answer = ({ url, data }) => {
    if (url.includes('move1order')) sent.push(data)
    return url.includes('move1order') ? { data: { code: 0, moved: true, requested: false, msg: '已改期' } } : { data: { code: 0, ...answerOf({ changes: { mode: 'self', movesLeft: 1, aloneUntil: '', request: null } }) } }
  }
  const detail = live('pages/order/order-detail/order-detail.js', { orderId: '5', justPaid: '' })
  await detail.reload()
  assert.equal(detail.data.can.move, true)
  const sheet = live('pages/order/move-sheet/move-sheet.js', { order: detail.data.order, changes: detail.data.changes })
  sheet.begin()
  sheet.send()
  assert.ok(sheet.data.wrong.wantTime)
  const { dayFrom } = require('../utils/dates')
  const day = dayFrom(Date.now(), 3)
  sheet.chooseDay({ detail: { value: day } })
  sheet.chooseTime({ detail: { value: '14:00' } })
  sheet.onReason({ detail: { value: ' 医院停诊 ' } })
  sheet.send()
  await detail.sendMove(sheet.events.find(({ name }) => name === 'send'))
  assert.deepEqual(sent, [{ id: 5, wantTime: day, visitTime: '14:00', reason: '医院停诊', seenDay: '2026-11-30', seenTime: '08:30' }])
})

test('the card of an invitation is sent by its own button; the menu never shares an order', async () => {
  const phone = phoneWithCatalog()
  phone.answer = ({ url }) => (url.includes('inviteMember') ? { data: { code: 0, token: 't', path: 'pages/invitation/invitation?token=t', expiresTime: '2026-12-01 09:00:00' } } : { data: { code: 0, data: [], links: [] } })
  const card = live('pages/order/members-card/members-card.js', { orderId: 5, patientId: 9, patient: '李建国' })
  await card.make()
  assert.deepEqual(card.events, [{ name: 'card', detail: { path: 'pages/invitation/invitation?token=t', title: '请您一起看陪诊的进展' } }])
  const page = live('pages/order/order.js')
  page.selectComponent = () => ({ card: card.events[0].detail })
  const { title, path } = page.onShareAppMessage({ from: 'button' })
  assert.deepEqual([title, path], ['请您一起看陪诊的进展', '/pages/invitation/invitation?token=t'])
  card.chooseRole({ detail: { value: 'payer' } })
  await card.make()
  assert.equal(card.events[1].detail.title, '请您帮忙付陪诊的费用', 'who is to pay reads it before opening the card')
  assert.equal(page.onShareAppMessage({ from: 'menu' }).path, '/pages/home/home')
})

test('what WeChat was answered is told to the server, and one template is asked for once', async () => {
  const phone = phoneWithCatalog()
  const sent = []
  phone.answer = ({ url, data }) => {
    if (url.includes('messageAnswers')) sent.push(JSON.parse(data.answers))
    return { data: { code: 0, data: [{ kind: 'paid', title: '付款', templateId: 'a', remaining: 1, refused: false, due: true }, { kind: 'moved', title: '改期', templateId: 'b', remaining: 0, refused: false, due: true }] } }
  }
  global.wx.requestSubscribeMessage = ({ tmplIds, success }) => {
    phone.subscribe.push(tmplIds)
    success({ errMsg: 'ok', b: 'accept', a: 'reject' })
  }
  const notice = live('pages/order/notice-card/notice-card.js', { orderId: 5 })
  await notice.look()
  assert.deepEqual(notice.data.rows.map(({ words }) => words), ['已开启', '还没开启'])
  await notice.remind()
  assert.deepEqual([phone.subscribe, sent], [[['b', 'a']], [{ b: 'accept', a: 'reject' }]])
  assert.deepEqual(phone.said, ['有变动会在微信里告诉您'])
})

test('nothing is rated beforehand', () => {
  freshPhone()
  const sheet = live('components/rate-sheet/rate-sheet.js', { orderId: 5 })
  sheet.show({})
  sheet.send()
  assert.equal(sheet.data.wrong, '请先点几颗星')
  sheet.onRate({ detail: { value: 4 } })
  sheet.toggleTag({ currentTarget: { dataset: { name: '耐心' } } })
  sheet.send()
  assert.deepEqual(sheet.events, [{ name: 'send', detail: { stars: 4, comment: '', tags: ['耐心'] } }])
})

test('an invitation is read before it is accepted; one that is used up says so', async () => {
  const phone = phoneWithCatalog()
  phone.answer = ({ url }) => (url.includes('acceptInvitation') ? { data: { code: 0, orderId: 5 } } : { data: { code: 0, ownerName: '小李', role: 'family', scope: 'order', patient: '李**', day: '2026-12-01', hospital: '西京医院', expiresTime: '2026-12-01 09:00:00', mine: false, joined: false, orderId: null } })
  const page = live('pages/invitation/invitation.js')
  page.onLoad({ token: 't' })
  await until(() => page.data.state === 'content')
  assert.deepEqual([page.data.tells.may.some((text) => text.includes('看不到')), page.data.tells.mayNot], [false, '看不到证件号码和价格。'], 'only what one may is ticked')
  await page.accept()
  assert.deepEqual(phone.opened, ['/pages/order/order?id=5'])
  phone.answer = () => ({ statusCode: 404, data: { code: 404, error: 'not_found', msg: '' } })
  await page.reload()
  assert.equal(page.data.state, 'empty')
})
