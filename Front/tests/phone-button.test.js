// The WeChat number by one tap: filled in when it can be, and typed whenever it cannot.

const test = require('node:test')
const assert = require('node:assert/strict')
const { freshPhone, live, until } = require('./stand-ins')

const BUTTON = 'components/phone-button/phone-button'

/** A button on a phone whose server offers it (or not), and answers a code with `reply`. */
async function attach({ features = { phoneNumber: true }, reply = { data: { code: 0, phone: '13900139000', msg: '' } } } = {}) {
  const phone = freshPhone()
  phone.storage.set('warrant', 'w')
  phone.answer = ({ url }) => (url.includes('readPhone') ? reply : { data: { code: 0, version: 1, features } })
  const button = live(BUTTON)
  button.lifetimes.attached.call(button)
  await until(() => phone.requests.length)
  if (features.phoneNumber) await until(() => button.data.shown)
  else await new Promise((resolve) => setTimeout(resolve, 20))
  return { phone, button }
}

const filled = (button) => (button.events || []).map(({ name, detail }) => [name, detail.value])
const asked = (phone) => phone.requests.filter(({ url }) => url.includes('readPhone')).map(({ data }) => data.code)

test('a tap that is allowed fills in the number', async () => {
  const { phone, button } = await attach()
  assert.equal(button.data.shown, true)
  await button.onAnswer({ detail: { code: 'c1' } })
  assert.deepEqual(filled(button), [['phone', '13900139000']])
  assert.deepEqual(asked(phone), ['c1'])
  assert.deepEqual([button.data.said, button.data.reading, button.data.shown], ['', false, true])
})

test('it is offered only where the server says so', async () => {
  for (const features of [{ phoneNumber: false }, {}]) assert.equal((await attach({ features })).button.data.shown, false)
  const phone = freshPhone()
  phone.answer = () => ({ data: { code: 0, version: 1 } })
  const button = live(BUTTON)
  button.lifetimes.attached.call(button)
  await until(() => phone.storage.has('catalog'))
  await new Promise((resolve) => setTimeout(resolve, 20))
  assert.equal(button.data.shown, false, 'an older server does not know it')
})

const REFUSALS = [
  { errno: 1400001, final: true },
  { errno: 1421102, final: true },
  { errno: 112, final: true },
  { errMsg: 'getPhoneNumber:fail no permission', final: true },
  { errMsg: 'getPhoneNumber:fail api scope is not declared in the privacy agreement', final: true },
  { errno: 104, final: false },
  { errno: 103, final: false },
  { errMsg: 'getPhoneNumber:fail user deny', final: false },
  { final: false },
]
for (const { final, ...detail } of REFUSALS) {
  test(`refused with ${JSON.stringify(detail)}: typing goes on, ${final ? 'the button goes' : 'another tap may'}`, async () => {
    const { phone, button } = await attach()
    await button.onAnswer({ detail })
    assert.match(button.data.said, /填写/)
    assert.equal(button.data.shown, !final)
    assert.deepEqual([filled(button), asked(phone)], [[], []])
  })
}

test('a code is sent once; what the server says is said in place', async () => {
  const spent = { statusCode: 409, data: { code: 409, error: 'phone_code_spent', msg: '请再点一次，或直接填写手机号' } }
  const { phone, button } = await attach({ reply: spent })
  await button.onAnswer({ detail: { code: 'c1' } })
  assert.deepEqual([button.data.said, button.data.shown, filled(button)], ['请再点一次，或直接填写手机号', true, []])
  assert.deepEqual(asked(phone), ['c1'], 'nothing is repeated')
  assert.deepEqual(phone.said, [], 'no dialogue over the form')
})

test('a server that stopped offering it takes the button away', async () => {
  const { button } = await attach({ reply: { statusCode: 409, data: { code: 409, error: 'phone_number_off', msg: '请直接填写手机号' } } })
  await button.onAnswer({ detail: { code: 'c1' } })
  assert.deepEqual([button.data.said, button.data.shown], ['请直接填写手机号', false])
})

test('without a network nothing is filled in, and a second tap while one is asked about does nothing', async () => {
  const { phone, button } = await attach({ reply: { errMsg: 'request:fail' } })
  const first = button.onAnswer({ detail: { code: 'c1' } })
  await button.onAnswer({ detail: { code: 'c2' } })
  await first
  assert.deepEqual(asked(phone), ['c1'])
  assert.match(button.data.said, /网络/)
})

test('a number abroad comes with a question', async () => {
  const { button } = await attach({ reply: { data: { code: 0, phone: '+16502530000', msg: '这是国外的号码，打得通吗？' } } })
  await button.onAnswer({ detail: { code: 'c1' } })
  assert.deepEqual([filled(button), button.data.said], [[['phone', '+16502530000']], '这是国外的号码，打得通吗？'])
})

test('an answer after the page is gone changes nothing', async () => {
  const { button } = await attach()
  const asking = button.onAnswer({ detail: { code: 'c1' } })
  button.lifetimes.detached.call(button)
  await asking
  assert.deepEqual(filled(button), [])
})

test('the three forms put the number where it is typed, and take the complaint away', () => {
  const event = (name) => ({ currentTarget: { dataset: { name } }, detail: { value: '13900139000' } })
  freshPhone()
  const patient = live('pages/patient-edit/patient-edit')
  patient.setData({ wrong: { phone: '请填写电话号码' } })
  patient.onType(event('phone'))
  assert.deepEqual([patient.data.fields.phone, patient.data.wrong.phone], ['13900139000', undefined])
  freshPhone()
  const escort = live('pages/escort-apply/escort-apply')
  escort.setData({ wrong: { phone: '请填写电话号码' } })
  escort.onType(event('phone'))
  assert.deepEqual([escort.data.phone, escort.data.wrong.phone], ['13900139000', ''])
  const { readFileSync } = require('node:fs')
  for (const [file, name] of [['patient-edit/patient-edit', 'phone'], ['escort-apply/escort-apply', 'phone'], ['order/order-form/order-form', 'contactPhone']]) {
    const wxml = readFileSync(`${__dirname}/../pages/${file}.wxml`, 'utf8')
    assert.match(wxml, new RegExp(`<phone-button [^>]*data-name="${name}" bind:phone="onType"`), file)
  }
})
