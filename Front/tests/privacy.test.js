// Every interface that WeChat guards is declared in docs/go-live.md, and whoever refuses it can go on.

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
function used(files = sources()) {
  const found = {}
  for (const [name, text] of files) {
    for (const guarded of GUARDED) {
      const use = name.endsWith('.js')
        ? new RegExp(`\\b${guarded}\\b(?!:)`)
        : new RegExp(`(open-type|type)="${guarded}["|]|<${guarded}[\\s/>]`)
      if (use.test(text)) (found[guarded] = found[guarded] || []).push(name)
    }
  }
  return found
}

/** The section of docs/go-live.md that an operator copies into the console. */
function section() {
  const page = readFileSync(path.join(ROOT, '..', 'docs', 'go-live.md'), 'utf8')
  const begin = page.indexOf('## 隐私')
  assert.ok(begin >= 0, 'docs/go-live.md has a section about privacy')
  const end = page.indexOf('\n## ', begin + 1)
  return page.slice(begin, end < 0 ? undefined : end)
}

/** The interfaces in the last column of its table. */
function declared() {
  const rows = section().split('\n').filter((line) => line.startsWith('| ')).slice(1)
  return rows.flatMap((row) => [...row.split('|').at(-2).matchAll(/`([\w-]+)`/g)].map((match) => match[1]))
}

test('what WeChat guards is declared in docs/go-live.md, and nothing else is', () => {
  const names = Object.keys(used()).filter((name) => name !== 'nickname' || used().nickname.some((file) => file.endsWith('.wxml')))
  assert.deepEqual(names.sort(), declared().sort())
})

test('a call that is new, and one that is gone, are noticed', () => {
  const call = 'wx.chooseInvoiceTitle({})'
  assert.deepEqual(Object.keys(used([['pages/x/x.js', call]])), ['chooseInvoiceTitle'])
  assert.deepEqual(Object.keys(used([['pages/x/x.js', '// chooseInvoiceTitle: another time'], ['pages/x/x.wxml', '<camera />']])), ['camera'])
  assert.deepEqual(Object.keys(used([['pages/x/x.wxml', '<button open-type="getPhoneNumber|agreePrivacyAuthorization" />']])), ['getPhoneNumber'])
})

test('where the phone is may be asked for only as app.json says, with a reason', () => {
  const app = JSON.parse(readFileSync(path.join(ROOT, 'app.json'), 'utf8'))
  const located = /^(getLocation|getFuzzyLocation|chooseLocation|choosePoi|chooseAddress|onLocationChange|startLocationUpdate(Background)?)$/
  assert.deepEqual(app.requiredPrivateInfos || [], declared().filter((name) => located.test(name)))
  assert.ok(!declared().includes('getLocation') || app.permission['scope.userLocation'].desc.length > 5)
})

test('every address that files go to is named there', () => {
  const addresses = new Set()
  for (const [, text] of sources()) for (const [, address] of text.matchAll(/upload\(['`]([\w/]+)/g)) addresses.add(address)
  const named = [...section().matchAll(/`(\w+\/\w+\/)`/g)].map((match) => match[1])
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

/** What WeChat gives where it refuses a call, the oldest versions in words alone. */
const REFUSALS = {
  'not declared': { errno: 112, errMsg: 'x:fail api scope is not declared in the privacy agreement' },
  'privacy refused': { errno: 104, errMsg: 'x:fail privacy permission is not authorized' },
  'permission refused': { errno: 103, errMsg: 'x:fail auth deny' },
  'in words alone': { errMsg: 'x:fail auth deny' },
}

/** Presses what calls `name`, which WeChat refuses; what was said, and the page. */
async function refuse(name, refusal, file, press) {
  const { freshPhone, live } = require('./stand-ins')
  const phone = freshPhone()
  global.wx[name] = ({ fail }) => setImmediate(() => fail(refusal))
  const page = live(file)
  await press(page)
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve))
  return { said: phone.said.join(), page }
}

/** How a page goes on, per interface that is declared: [file, what is pressed, what must be said]. */
const WAYS_ON = {
  setClipboardData: [
    ['pages/contact/contact', (page) => page.copy(), /直接拨打/],
    ['pages/my-data/my-data', (page) => page.copyExport(), /长按.*选中/],
    ['packages/after-sales/invoices/invoices', (page) => page.copyNumber({ currentTarget: { dataset: { number: '1' } } }), /长按.*选中/],
  ],
  getLocation: [['packages/escort/components/step-sheet/step-sheet', (page) => page.addPlace(), /不附位置也可以记录/]],
  chooseMedia: [
    ['packages/after-sales/complaints/complaints', (page) => page.choosePhotos(), /不附照片也可以发送/],
    ['packages/escort/components/step-sheet/step-sheet', (page) => page.addPhotos(), /不附照片也可以记录/],
    ['packages/escort/components/supplement-sheet/supplement-sheet', (page) => page.choosePhoto(), /打电话请办公室/],
    ['packages/escort/introduction/introduction', (page) => page.choosePortrait(), /不换照片也可以/],
    ['packages/escort/documents/documents', (page) => Object.assign(page.data, { unlimited: true, chosen: {} }) && page.choosePhoto(), /打电话给办公室/],
  ],
  chooseAvatar: [['pages/profile/profile', (page) => page.onChooseAvatar({ detail: {} }), /原来的还在/]],
  nickname: [], // WeChat fills nothing in, without a word; the field is typed into: the last test
  getPhoneNumber: [], // phone-button.test.js
}

test('each interface that is declared has its way on', () => {
  assert.deepEqual(Object.keys(WAYS_ON).sort(), declared().sort())
  for (const [name, files] of Object.entries(used())) {
    const scripts = name === 'nickname' ? [] : files.filter((file) => file.endsWith('.js') && !file.startsWith('services/'))
    const tried = WAYS_ON[name].map(([file]) => `${file}.js`)
    for (const script of scripts) assert.ok(tried.includes(script), `${name} in ${script}`)
  }
  for (const [script, text] of sources()) {
    const chooses = /pictures\.choose\(|clipboard\.copy\(/.test(text)
    assert.ok(!chooses || Object.values(WAYS_ON).flat().some(([file]) => `${file}.js` === script), script)
  }
})

for (const [name, ways] of Object.entries(WAYS_ON)) {
  for (const [file, press, said] of ways) {
    for (const [title, refusal] of Object.entries(REFUSALS)) {
      test(`${name}, ${title}: ${file} says how to go on`, async () => {
        const { said: sentence, page } = await refuse(name, refusal, file, press)
        assert.match(sentence, said)
        assert.deepEqual([page.data.photos || [], page.data.photo || '', page.data.place || null], [[], '', null], 'nothing is attached')
        assert.ok(!page.data.sending, 'and nothing waits')
      })
    }
  }
}

test('whoever closes the choice of a picture is told nothing', async () => {
  const { said } = await refuse('chooseMedia', { errMsg: 'chooseMedia:fail cancel' }, 'packages/after-sales/complaints/complaints', (page) => page.choosePhotos())
  assert.equal(said, '')
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
