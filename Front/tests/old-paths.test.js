const test = require('node:test')
const assert = require('node:assert/strict')
const fs = require('node:fs')
const { OLD_PATHS, forwardOldPath } = require('../utils/old-paths')
const { freshPhone, root } = require('./stand-ins')

const pages = JSON.parse(fs.readFileSync(`${root}/app.json`, 'utf8')).pages

test('all sixteen old paths lead to a page that exists, with and without a query', () => {
  assert.equal(OLD_PATHS.length, 16)
  for (const old of OLD_PATHS) {
    for (const query of [undefined, {}, { id: '3' }, { type: '2' }, { id: '<script>' }]) {
      const url = forwardOldPath(old, query)
      assert.ok(pages.includes(url.slice(1).split('?')[0]), `${old} → ${url}`)
      assert.ok(!url.includes('script'))
    }
  }
})

test('ids go along under their new names', () => {
  assert.equal(forwardOldPath('pages/OneHospital/OneHospital', { id: '3' }), '/pages/hospital/hospital?id=3')
  assert.equal(forwardOldPath('/pages/HospitalIntro/HospitalIntro.html', { id: '3' }), '/pages/hospital-intro/hospital-intro?id=3')
  assert.equal(forwardOldPath('pages/ExpertsList/ExpertsList', { id: '3' }), '/pages/experts/experts?hospitalId=3')
  assert.equal(forwardOldPath('pages/OneExpert/OneExpert', { id: '17' }), '/pages/expert/expert?id=17')
  assert.equal(forwardOldPath('pages/PeiZhen_Example/PeiZhen_Example', { id: '3' }), '/pages/cases/cases?hospitalId=3')
  assert.equal(
    forwardOldPath('pages/PeiZhenXiaDan_YouXiangPeiZhen/PeiZhenXiaDan_YouXiangPeiZhen', { id: '4', name: '全心全程陪诊服务', price: '￥198/半天' }),
    '/pages/service/service?id=4',
  )
  assert.equal(forwardOldPath('pages/MyOrder/MyOrder', { type: '3' }), `/pages/orders/orders?tab=${encodeURIComponent('在服务')}`)
})

test('the old pay page is a new order or, with showDetailId, an existing one', () => {
  assert.equal(forwardOldPath('pages/Pay/Pay', { id: '4', serviceName: 'x', priceWithText: '￥1' }), '/pages/order/order?serviceId=4')
  assert.equal(forwardOldPath('pages/Pay/Pay', { showDetailId: '77', id: '4' }), '/pages/order/order?id=77')
})

test('an unknown path is nobody’s, and the app then opens home; tabs are switched to, pages redirected to', () => {
  const phone = freshPhone()
  let app
  global.App = (options) => { app = options }
  require('../app')
  assert.equal(forwardOldPath('pages/Nowhere/Nowhere'), '')
  app.onPageNotFound({ path: 'pages/Nowhere/Nowhere', query: {} })
  app.onPageNotFound({ path: 'pages/My/My', query: {} })
  app.onPageNotFound({ path: 'pages/OneHospital/OneHospital', query: { id: '2' } })
  assert.deepEqual(phone.opened, ['/pages/home/home', '/pages/me/me', '/pages/hospital/hospital?id=2'])
})
