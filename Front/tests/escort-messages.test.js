const test = require('node:test')
const assert = require('node:assert/strict')
const { freshPhone, live } = require('./stand-ins')

test('an approved escort is asked in the tap whether cancelled visits may be told', async () => {
  const phone = freshPhone()
  phone.storage.set('warrant', 'w')
  const catalog = { code: 0, version: 1, messages: { templates: ['t1'], escortTemplates: ['e1'] }, banners: [], hospitals: [], services: [] }
  let status = '待联系'
  phone.answer = ({ url }) => ({ data: url.includes('catalog/') ? catalog : { code: 0, caregiver: { name: '王芳', phone: '1', status, appliedTime: '' } } })
  const asked = []
  global.wx.requestSubscribeMessage = ({ tmplIds, success }) => {
    asked.push(tmplIds)
    success({ e1: 'accept' })
  }
  await require('../services/catalog').refresh()
  const page = live('pages/escort-apply/escort-apply.js', {})
  await page.reload()
  assert.deepEqual([page.data.tellable, page.data.works, page.data.form.button], [false, false, '改好再提交'])
  status = '已通过'
  await page.reload()
  assert.deepEqual([page.data.tellable, page.data.works], [true, true])
  page.askToTell()
  assert.deepEqual(asked, [['e1']], 'before anything was waited for')
  await new Promise((resolve) => setTimeout(resolve, 5))
  assert.ok(phone.said[0].includes('下一次取消会通知您'))
})
