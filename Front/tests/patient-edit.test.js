const test = require('node:test')
const assert = require('node:assert/strict')
const { freshPhone, live, until } = require('./stand-ins')

const KNOWN = { id: 7, name: '李建国', relation: '父母', sex: 'm', if18: 'y', idcardKind: '护照', idcard: '*******78', phone: '138****3333', consentGiven: 'y', guardianConsentGiven: 'n' }

async function open(query = {}, keep = false) {
  const phone = keep ? null : freshPhone()
  if (phone) {
    phone.storage.set('warrant', 'w')
    phone.answer = () => ({ data: { code: 0, friend: KNOWN } })
    global.wx.navigateBack = () => phone.opened.push('back')
  }
  delete require.cache[require.resolve('../pages/patient-edit/patient-edit.js')] // the page opens once more, the rest goes on
  const page = live('pages/patient-edit/patient-edit.js')
  page.onLoad(query)
  page.onShow()
  await until(() => page.data.state !== 'loading')
  return { phone, page }
}

const type = (page, name, value) => page.onType({ currentTarget: { dataset: { name } }, detail: { value } })

/** Fills in everything that a new patient needs. */
function fill(page) {
  page.change({ name: '测试', relation: '父母', idcard: '11010519491231002X', phone: '13800000000', consentGiven: true })
}

test('touching the chosen kind of document again keeps the number; another kind wants another one', async () => {
  const { page } = await open()
  page.change({ idcard: '61010219500101' })
  const choose = (value) => page.chooseIdKind({ currentTarget: { dataset: { value } } })
  choose('身份证')
  assert.equal(page.data.fields.idcard, '61010219500101')
  assert.equal(page.data.grouped, '610102 1950 0101')
  choose('护照')
  assert.equal(page.data.fields.idcard, '')
})

test('what was typed survives leaving the page, in memory alone, and is gone once it is saved', async () => {
  const { phone, page } = await open()
  type(page, 'name', '王桂花')
  type(page, 'phone', '138')
  page.change({ consentGiven: true })
  assert.deepEqual([...phone.storage.keys()], ['warrant'])
  const again = await open({}, true)
  assert.deepEqual([again.page.data.fields.name, again.page.data.fields.phone], ['王桂花', '138'])
  assert.equal(again.page.data.fields.consentGiven, false, 'a consent is given again')
  fill(again.page)
  phone.answer = () => ({ data: { code: 0, id: 12, msg: '添加成功' } })
  await again.page.save()
  assert.deepEqual(phone.said, ['已添加'])
  assert.equal((await open({}, true)).page.data.fields.name, '')
})

test('a number is judged when its field is left, and the sentence names the case', async () => {
  const { page } = await open()
  page.checkNumber()
  page.checkPhone()
  assert.deepEqual(page.data.wrong, {})
  type(page, 'idcard', '11010519491231002')
  page.checkNumber()
  type(page, 'phone', '1389123456')
  page.checkPhone()
  assert.match(page.data.wrong.idcard, /^少一位/)
  assert.match(page.data.wrong.phone, /现在是 10 位/)
  type(page, 'phone', '13891234567')
  assert.equal(page.data.wrong.phone, undefined)
})

test('an ID number that was added before offers the patient who is there', async () => {
  const { phone, page } = await open()
  fill(page)
  phone.answer = () => ({ data: { code: 0, id: 3, msg: '这个证件号码已经添加过，就诊人是李建国，没有重复添加' } })
  await page.save()
  assert.match(phone.said[0], /李建国/)
  assert.equal(require('../services/patients').lastAdded(), 3)
  assert.deepEqual(phone.opened, ['back'])
})

test('a patient is edited: masked numbers stay unless they are typed again', async () => {
  const { phone, page } = await open({ id: '7' })
  assert.equal(phone.title, '修改就诊人')
  assert.deepEqual([page.data.fields.name, page.data.fields.phone, page.data.fields.idcard, page.data.consents.own], ['李建国', '', '', false])
  type(page, 'name', '李建帼')
  phone.answer = () => ({ data: { code: 0, msg: '修改成功' } })
  await page.save()
  const { url, data } = phone.requests[phone.requests.length - 1]
  assert.ok(url.endsWith('user/edit1friend/'))
  assert.deepEqual(data, { id: 7, name: '李建帼', relation: '父母', sex: 'm', if18: 'y' })
  assert.deepEqual(phone.said, ['已修改'])
})

test('what the server finds wrong stands beside its field, and nothing that was typed is lost', async () => {
  const { phone, page } = await open()
  fill(page)
  phone.answer = () => ({ statusCode: 400, data: { code: 400, error: 'invalid_input', msg: '电话：不对', fields: { phone: ['座机号码不对，请检查区号和号码'] } } })
  await page.save()
  assert.equal(page.data.wrong.phone, '座机号码不对，请检查区号和号码')
  assert.equal(page.data.fields.name, '测试')
  assert.deepEqual(phone.opened, [])
})

test('where this page took the place of the order form, the form is reopened; no other address is', async () => {
  const form = '/pages/order/order?serviceId=4&hospitalId=1'
  for (const [next, opened] of [[form, form], ['/pages/me/me', 'back'], [undefined, 'back']]) {
    const { phone, page } = await open(next ? { next: encodeURIComponent(next) } : {})
    phone.answer = () => ({ data: { code: 0, id: 12, msg: '添加成功' } })
    fill(page)
    await page.save()
    assert.deepEqual(phone.opened, [opened])
  }
})
