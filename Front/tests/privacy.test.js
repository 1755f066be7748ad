// Every interface that WeChat guards is declared in the README's list, and says so when it fails.

const test = require('node:test')
const assert = require('node:assert/strict')
const { readFileSync, readdirSync } = require('node:fs')
const path = require('node:path')

const ROOT = path.join(__dirname, '..')
const LEFT_OUT = new Set(['node_modules', 'miniprogram_npm', 'tests', 'tools'])

/** WeChat's list (用户隐私保护指引, 接口与信息类型): calls of wx, open-types of buttons, types of inputs, elements. */
const GUARDED = (
  'getUserInfo getUserProfile chooseAvatar nickname getPhoneNumber getRealtimePhoneNumber phoneOneClickLogin '
  + 'getLocation getFuzzyLocation onLocationChange startLocationUpdate startLocationUpdateBackground chooseLocation choosePoi '
  + 'chooseAddress chooseInvoice chooseInvoiceTitle chooseLicensePlate getWeRunData chooseContact addPhoneContact '
  + 'chooseImage chooseMedia chooseVideo chooseMessageFile saveImageToPhotosAlbum saveVideoToPhotosAlbum '
  + 'addPhoneCalendar addPhoneRepeatCalendar startRecord stopRecord getRecorderManager joinVoIPChat '
  + 'createCameraContext createLivePusherContext createVKSession openBluetoothAdapter createBLEPeripheralServer startHCE '
  + 'startWifi getWifiList startBeaconDiscovery startLocalServiceDiscovery setClipboardData getClipboardData '
  + 'startAccelerometer startCompass startGyroscope startDeviceMotionListening onDeviceMotionChange '
  + 'startSoterAuthentication checkIsSoterEnrolledInDevice startFacialRecognitionVerify getScreenRecordingState '
  + 'onUserCaptureScreen camera live-pusher voip-room functional-page-navigator'
).split(' ')

function* sources(folder = ROOT) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const name = path.join(folder, entry.name)
    if (entry.isDirectory()) {
      if (!LEFT_OUT.has(entry.name)) yield* sources(name)
    } else if (/\.(js|wxml)$/.test(entry.name)) yield [path.relative(ROOT, name), readFileSync(name, 'utf8')]
  }
}

/** {interface: [files]} of what is used: a call, an open-type, an input's type, an element. */
function used() {
  const found = {}
  for (const [name, text] of sources()) {
    for (const guarded of GUARDED) {
      const use = name.endsWith('.js')
        ? new RegExp(`\\b${guarded}\\b(?!:)`)
        : new RegExp(`(open-type|type)="${guarded}"|<${guarded}[\\s/>]`)
      if (use.test(text)) (found[guarded] = found[guarded] || []).push(name)
    }
  }
  return found
}

/** The interfaces in the last column of the README's list. */
function declared() {
  const readme = readFileSync(path.join(ROOT, 'README.md'), 'utf8')
  const list = readme.slice(readme.indexOf('### Declare before publishing'), readme.indexOf('## Where things are'))
  const rows = list.split('\n').filter((line) => line.startsWith('| ')).slice(1)
  return rows.flatMap((row) => [...row.split('|').at(-2).matchAll(/`([\w-]+)`/g)].map((match) => match[1]))
}

test('what WeChat guards is in the README’s list, and nothing else is', () => {
  const names = Object.keys(used()).filter((name) => name !== 'nickname' || used().nickname.some((file) => file.endsWith('.wxml')))
  assert.deepEqual(names.sort(), declared().sort())
})

test('every address that files go to is named in the README’s list', () => {
  const addresses = new Set()
  for (const [, text] of sources()) for (const [, address] of text.matchAll(/upload\(['`]([\w/]+)/g)) addresses.add(address)
  const readme = readFileSync(path.join(ROOT, 'README.md'), 'utf8')
  const list = readme.slice(readme.indexOf('### Declare before publishing'), readme.indexOf('## Where things are'))
  const named = [...list.matchAll(/`(\w+\/\w+\/)`/g)].map((match) => match[1])
  assert.deepEqual([...addresses].sort(), named.sort())
})

test('the privacy policy names what is typed, and the photos that are sent, on every page', () => {
  const { freshPhone } = require('./stand-ins')
  freshPhone()
  const policy = JSON.stringify(require('../texts/privacy').sections())
  for (const word of ['就诊人', '投诉', '发票', '税号', '邮箱', '小票', '健康证', '电话下单', '位置', '剪切板']) assert.ok(policy.includes(word), word)
})

test('a guarded call says so when it fails: an undeclared one fails for everybody', () => {
  const calls = GUARDED.map((name) => `wx\\.${name}\\(`).join('|')
  for (const [name, text] of sources()) {
    for (const { index } of text.matchAll(new RegExp(calls, 'g'))) {
      const call = text.slice(index, text.indexOf('\n', index))
      const named = /fail: failed\b/.test(call) && /const failed = [^]*?dialogue\.say\(/.test(text)
      assert.ok(named || /fail: \(\) => dialogue\.say\(/.test(call), `${name}: ${call}`)
    }
  }
})

test('the clipboard’s refusal reaches the user', () => {
  const { freshPhone, live } = require('./stand-ins')
  const phone = freshPhone()
  global.wx.setClipboardData = ({ fail }) => fail({ errMsg: 'setClipboardData:fail api scope is not declared in the privacy agreement' })
  live('pages/contact/contact').copy()
  live('pages/my-data/my-data').copyExport()
  assert.deepEqual(phone.said, ['没有复制成功，请再试一次', '没有复制成功，请再试一次'])
})

test('a nickname is what stands in the form, however it came there', async () => {
  const { freshPhone, live, until } = require('./stand-ins')
  const phone = freshPhone()
  const sent = []
  phone.answer = (options) => {
    if (options.url.includes('setAvatar')) sent.push(options.data.nickname)
    return { data: { code: 0, warrant: 'w', expiresIn: 60 } }
  }
  global.wx.navigateBack = () => {}
  const page = live('pages/profile/profile')
  page.setData({ nickname: '旧的' })
  page.onType({ detail: { value: '打了一半' } })
  await page.save({ detail: { value: { nickname: ' 微信昵称 ' } } })
  await until(() => sent.length)
  await page.save({ detail: { value: { nickname: '' } } })
  assert.equal(page.data.wrong, '请填写昵称', 'WeChat took it out: the field is empty')
  assert.deepEqual(sent, ['微信昵称'])
})
