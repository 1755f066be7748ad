const test = require('node:test')
const assert = require('node:assert/strict')
const { freshPhone, live, until } = require('./stand-ins')

const ROWS = [
  { id: 3, device: 'iPhone', createdTime: '2026-11-29 10:00:00', lastUsedTime: '2026-11-29 12:00:00', current: true },
  { id: 2, device: '', createdTime: '2026-01-01 10:00:00', lastUsedTime: '2026-02-01 12:00:00', current: false },
]

/** A phone whose server knows the devices; what is sent to it. */
function phoneWithDevices(sure) {
  const phone = freshPhone()
  const sent = []
  let rows = ROWS
  phone.answer = ({ url, data }) => {
    if (url.includes('endDevice')) {
      sent.push(data)
      rows = rows.slice(0, 1)
    }
    return { data: { code: 0, warrant: 'w', expiresIn: 60, data: rows } }
  }
  global.wx.showModal = ({ success }) => success({ confirm: sure, cancel: !sure })
  return sent
}

test('the devices are shown, and one is ended after a question', async () => {
  const sent = phoneWithDevices(true)
  const page = live('pages/my-data/my-data')
  await page.openDevices()
  await until(() => page.data.devicesOpen)
  assert.deepEqual(page.data.devices.map((row) => [row.id, row.name]), [[3, '这台手机'], [2, '较早登录的设备']])
  assert.match(page.data.devices[1].lastUsed, /2月1日 周. 12:00$/)
  await page.endDevice({ currentTarget: { dataset: { id: 2, name: '较早登录的设备' } } })
  await until(() => page.data.devices.length === 1)
  assert.equal(Number(sent[0].id), 2)
})

test('all others are ended at once', async () => {
  const sent = phoneWithDevices(true)
  const page = live('pages/my-data/my-data')
  await page.openDevices()
  await page.endOthers()
  await until(() => page.data.devices.length === 1)
  assert.equal(Number(sent[0].id), 0)
})

test('who changes their mind ends nothing', async () => {
  const sent = phoneWithDevices(false)
  const page = live('pages/my-data/my-data')
  await page.openDevices()
  await page.endOthers()
  await page.endDevice({ currentTarget: { dataset: { id: 2, name: 'x' } } })
  assert.deepEqual(sent, [])
})
