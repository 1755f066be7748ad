// Complaints and suggestions: what was sent, what the office answers.

const { server } = require('../../../services/server')

/** A complaint waits, was answered, or is settled. */
const COMPLAINT = { OPEN: 'open', ANSWERED: 'answered', CLOSED: 'closed' }

/** What it can be about; those with `alone` need no order. */
const KINDS = [
  { value: 'service', label: '服务质量' },
  { value: 'escort', label: '陪诊员' },
  { value: 'fee', label: '费用' },
  { value: 'refund', label: '退款' },
  { value: 'suggestion', label: '建议', alone: true },
  { value: 'other', label: '其他', alone: true },
]

/** A page of the caller's own, newest first: {rows, next}; of one order, or all. */
async function page(orderId, before) {
  const { data, next } = await server.get('user/getComplaints/', { ...(orderId ? { id: orderId } : {}), ...(before ? { before } : {}) })
  return { rows: data || [], next: next || 0 }
}

/** Uploads a photo under its own name; the same one again is the same photo. */
const uploadPhoto = ({ actionId, path }) => server.upload(`user/complaintPhoto/?actionId=${actionId}`, 'file', path)

/** `photos`: the names of photos that were uploaded. */
const send = ({ orderId, kind, text, actionId, photos }) => server.post('user/complain/', { id: orderId || 0, kind, text, actionId, photos: photos.join(',') })

const add = (id, text, actionId) => server.post('user/addToComplaint/', { id, text, actionId })

module.exports = { COMPLAINT, KINDS, page, uploadPhoto, send, add }
