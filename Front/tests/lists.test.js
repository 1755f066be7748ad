const test = require('node:test')
const assert = require('node:assert/strict')
const { freshPhone, live, until } = require('./stand-ins')

const CATALOG = { code: 0, version: '1', brand: { name: '安心陪诊' }, messages: {}, banners: [], hospitals: [], services: [{ id: 4, name: '陪诊', unit: '半天', price: '￥198' }] }
const EMPTY = { ...CATALOG, version: '0', services: [] }
const rows = (count, more) => Array.from({ length: count }, (_, index) => ({ id: count - index, progress: '已付款', ...more }))

for (const name of ['home', 'services']) {
  test(`${name}: an empty first look gives way to the catalog that has come`, async () => {
    const phone = freshPhone()
    phone.answer = () => ({ data: EMPTY })
    const page = live(`pages/${name}/${name}.js`)
    await page.reload()
    assert.equal(page.data.state, 'empty')
    phone.answer = () => ({ data: CATALOG })
    await require('../services/catalog').refresh({ force: true })
    page.onShow()
    await until(() => page.data.state === 'content')
  })

  test(`${name}: a first look that failed is tried again on coming back`, async () => {
    const phone = freshPhone()
    phone.answer = () => ({ errMsg: 'request:fail' })
    const page = live(`pages/${name}/${name}.js`)
    await page.reload()
    assert.equal(page.data.state, 'failed')
    phone.answer = () => ({ data: CATALOG })
    page.onShow()
    await until(() => page.data.state === 'content')
    assert.equal(page.data.failure, '')
  })
}

test('the first page is called by the brand: the phone’s own, then the server’s', async () => {
  const phone = freshPhone()
  phone.answer = () => ({ data: CATALOG })
  const page = live('pages/home/home.js')
  page.onLoad({})
  page.onShow()
  assert.equal(phone.title, require('../config').brand)
  await until(() => phone.title === '安心陪诊')
})

test('a search that answers late does not slip its rows under a newer one', async () => {
  const phone = freshPhone()
  phone.answer = () => ({ data: CATALOG })
  const catalog = require('../services/catalog')
  await catalog.refresh()
  const asked = {}
  catalog.experts = (hospital, text) => new Promise((resolve) => { asked[text] = resolve })
  const page = live('pages/experts/experts.js')
  page.query = {}
  const search = (text) => {
    page.setData({ text })
    return page.loadOnce(false)
  }
  const both = [search('old'), search('new')]
  asked.new(rows(25, { name: 'new' }))
  asked.old(rows(30, { name: 'old' }))
  await Promise.all(both)
  page.onReachBottom()
  assert.deepEqual([page.data.shown.length, page.data.total], [25, 25])
  assert.ok(page.data.shown.every((row) => row.name === 'new'))
})

test('coming back from an order leaves a long list as long as it was', async () => {
  const phone = freshPhone()
  phone.storage.set('warrant', 'w')
  phone.answer = () => ({ data: { code: 0, data: rows(60) } })
  const page = live('pages/orders/orders.js')
  await page.reload()
  page.onReachBottom()
  assert.equal(page.data.shown.length, 40)
  page.onShow()
  await until(() => phone.requests.length === 2)
  await until(() => page.data.shown.length === 40)
  await page.refresh()
  assert.equal(page.data.shown.length, 40)
  page.onTab({ detail: { value: '已付款' } })
  assert.equal(page.data.shown.length, 20, 'another tab begins at its top')
})

test('a draft that is older than a day leaves the phone, at the start and when it is read', () => {
  for (const look of ['start', 'read']) {
    const phone = freshPhone()
    const old = { savedAt: Date.now() - 25 * 3600 * 1000, form: '7', fields: { more: '轮椅' } }
    phone.storage.set('orderDrafts', [old])
    if (look === 'read') assert.equal(require('../services/drafts').read('7'), null)
    else {
      let app
      global.App = (given) => { app = given }
      require('../app')
      app.onLaunch()
    }
    assert.equal(phone.storage.has('orderDrafts'), false)
  }
  const phone = freshPhone()
  const drafts = require('../services/drafts')
  drafts.save({ more: '轮椅' })
  assert.equal(drafts.read('7'), null)
  assert.deepEqual(drafts.read(), { more: '轮椅' })
  drafts.clearOf('7')
  assert.ok(phone.storage.has('orderDrafts'), 'another order’s draft stays')
})
