// Invoices: what can be asked for, what the office has issued, and its file.

const { server } = require('../../../services/server')

const PERSON = 'person'
const COMPANY = 'company'

/** A page of the caller's own, newest first: {rows, offer, next}; `offer`: what can be asked for, with an order alone. */
async function page(orderId, before) {
  const { data, offer, next } = await server.get('user/getInvoices/', { ...(orderId ? { id: orderId } : {}), ...(before ? { before } : {}) })
  return { rows: data || [], offer: offer || null, next: next || 0 }
}

const request = (orderId, { kind, title, taxNumber, email }) => server.post('user/requestInvoice/', { id: orderId, kind, title, taxNumber: kind === COMPANY ? taxNumber : '', email })

const withdraw = (id) => server.post('user/withdrawInvoice/', { id })

/** Opens the PDF on the phone. Rejects with a Failure when it does not come, or cannot be opened. */
async function open(path) {
  const filePath = await server.download(path)
  await new Promise((resolve, reject) => {
    wx.openDocument({ filePath, fileType: 'pdf', showMenu: true, success: resolve, fail: () => reject(new Error('手机打不开这个文件，请再试一次')) })
  })
}

module.exports = { PERSON, COMPANY, page, request, withdraw, open }
