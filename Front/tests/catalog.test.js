const test = require('node:test')
const assert = require('node:assert/strict')
const { freshPhone } = require('./stand-ins')
const { searchCatalog } = require('../utils/search')

const BODY = {
  code: 0,
  version: '1',
  brand: { name: '全心陪诊', phone: '029-00000000' },
  messages: { templates: ['t1'] },
  banners: [],
  hospitals: [{ id: 1, name: '西京医院', address: '长乐西路', logo: 'static/pic/hospital/西京医院-Logo.png', picture: '' }],
  services: [
    { id: 4, name: '陪诊', unit: '半天', price: '￥198', summary: '', picture: 'static/a.png?v=1' },
    { id: 7, name: '约号', unit: '次', price: '￥59', summary: '', picture: '' },
    { id: 104, name: '陪诊', unit: '天', price: '￥388', summary: '', picture: '' },
  ],
}

test('price variants of one name are one service, in order', () => {
  freshPhone()
  const { groupVariants, findVariant } = require('../services/catalog')
  const groups = groupVariants(BODY.services)
  assert.deepEqual(groups.map((group) => group.variants.map((variant) => variant.id)), [[4, 104], [7]])
  assert.equal(findVariant(groups, '104').variant.unit, '天')
  assert.equal(findVariant(groups, 5), null)
})

test('a price that begins soon is told with its day, and nothing where none does', () => {
  freshPhone()
  const { groupVariants } = require('../services/catalog')
  const change = { beginsOn: '2026-12-01', price: '￥428' }
  const [group] = groupVariants([{ ...BODY.services[0], priceChange: change }, { ...BODY.services[2], priceChange: null }])
  assert.deepEqual(group.variants.map((variant) => variant.priceToCome), ['12月1日起 ￥428/半天', ''])
})

test('the second visit shows what the phone knows and asks with the ETag', async () => {
  let phone = freshPhone()
  phone.answer = () => ({ data: BODY, header: { etag: '"1"' } })
  await require('../services/catalog').refresh()
  const kept = phone.storage

  phone = freshPhone()
  phone.storage = kept
  phone.answer = () => ({ statusCode: 304, data: '' })
  const catalog = require('../services/catalog')
  assert.equal(catalog.cached().services.length, 2)
  assert.equal(phone.requests.length, 0)
  const [first, second] = await Promise.all([catalog.refresh(), catalog.refresh()])
  assert.equal(phone.requests.length, 1, 'two pages that ask at once ask once')
  assert.equal(phone.requests[0].header['If-None-Match'], '"1"')
  assert.equal(first.version, second.version)
  await catalog.refresh()
  assert.equal(phone.requests.length, 1, 'within a minute nobody is asked')
})

test('another server’s catalog is not shown', () => {
  const phone = freshPhone()
  phone.storage.set('catalog', { etag: '"1"', body: BODY, from: 'https://elsewhere.test/' })
  assert.equal(require('../services/catalog').cached(), null)
})

test('pictures get the server’s address, with Chinese names encoded once', async () => {
  const phone = freshPhone()
  phone.answer = () => ({ data: BODY })
  const found = await require('../services/catalog').refresh()
  assert.equal(found.hospitals[0].logo, `https://server.test/static/pic/hospital/${encodeURIComponent('西京医院')}-Logo.png`)
  assert.equal(found.services[0].picture, 'https://server.test/static/a.png?v=1')
  assert.equal(found.hospitals[0].picture, '')
  const { pictureUrl } = require('../services/server')
  assert.equal(pictureUrl('static/%E8%A5%BF.png'), 'https://server.test/static/%E8%A5%BF.png')
  assert.equal(pictureUrl('https://cdn.test/a.png'), 'https://cdn.test/a.png')
})

test('the search looks at names and addresses, and an empty text searches nothing', () => {
  const catalog = { hospitals: BODY.hospitals, services: BODY.services }
  assert.equal(searchCatalog(catalog, ' '), null)
  assert.equal(searchCatalog(catalog, '西 京').hospitals.length, 1)
  assert.equal(searchCatalog(catalog, '西\u200b·京').hospitals.length, 1)
  assert.equal(searchCatalog(catalog, '约号').services.length, 1)
  assert.deepEqual(searchCatalog(catalog, '没有').hospitals, [])
})

test('the search finds departments, what services are for, and other words for the errands', () => {
  const catalog = {
    hospitals: [{ id: 1, name: '西京医院', departments: ['心内科', '心外科'] }, { id: 2, name: '唐都医院', departments: [] }],
    services: [
      { id: 4, name: '全心全程陪诊服务', summary: '', keywords: ['检查'] },
      { id: 9, name: '全心服务代取结果', summary: '', keywords: [] },
      { id: 11, name: '全心服务代开药品', summary: '', keywords: [] },
    ],
  }
  const services = (text) => searchCatalog(catalog, text).services.map(({ id }) => id)
  assert.deepEqual(searchCatalog(catalog, '心内').departments, [{ name: '心内科', hospitalId: 1, hospital: '西京医院' }])
  assert.deepEqual(searchCatalog(catalog, '骨科').departments, [{ name: '骨科', hospitalId: '', hospital: '' }], 'found where no hospital has listed it, too')
  assert.deepEqual([services('取药'), services('代买药'), services('化验单'), services('检查')], [[11], [11], [9], [4, 9]])
})
