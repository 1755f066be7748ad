// An order form on a phone, before a server of one's choice.

const { live } = require('./stand-ins')

const DAY = new Date(Date.now() + 30 * 3600 * 1000).toISOString().slice(0, 10)
const CATALOG = {
  code: 0, version: '1', brand: {}, messages: { templates: ['t1'] }, banners: [], hospitals: [{ id: 1, name: '西京医院' }],
  services: [{ id: 4, name: '陪诊', unit: '半天', price: '￥198' }],
}
const UNPAID = { id: 5, progress: '待付款', serviceId: 4, service: '陪诊', hospitalid: 1, hospital: '西京医院', friendid: 9, wantTime: DAY, department: '', more: '轮椅', price: '￥198' }

/** A server with one patient; `orders` are the caller's, `progress` what it says about the order being paid. */
function server(phone, { orders = [], patients = [{ id: 9, name: '测试', relation: '父母', phone: '1' }], progress = () => '已付款' } = {}) {
  const calls = []
  phone.storage.set('warrant', 'w')
  phone.answer = ({ url, data }) => {
    const path = url.replace('https://server.test/', '')
    calls.push({ path, data })
    const bodies = {
      'catalog/': CATALOG,
      'user/getFriends/': { code: 0, data: patients },
      'user/getOrders/': { code: 0, data: orders, next: 0 },
      'user/create1order/': { code: 0, id: 5, payment: { package: 'p' } },
      'user/delete1order/': { code: 0 },
    }
    return { data: path === 'user/getOrder/' ? { code: 0, order: { id: 5, progress: progress() }, actions: [] } : bodies[path] }
  }
  const count = (path) => calls.filter((call) => call.path === path).length
  return { calls, count }
}

async function openForm(properties = {}) {
  const form = live('pages/order/order-form/order-form.js', { orderId: '', serviceId: '', hospitalId: '', ...properties })
  await form.reload()
  return form
}

const tap = (dataset) => ({ currentTarget: { dataset }, detail: {} })

/** Filled in and accepted: the next tap sends it. */
async function readyForm(phone, backend, properties = {}) {
  const made = server(phone, backend)
  const form = await openForm({ serviceId: '4', hospitalId: '1', ...properties })
  form.change({ wantTime: DAY, visitTime: '08:30' })
  form.acceptTerms()
  return { form, ...made }
}

module.exports = { DAY, CATALOG, UNPAID, server, openForm, readyForm, tap }
