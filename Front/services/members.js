// Who else reads an order, and may pay it: cards that invite, members, orders shared with the caller.

const { server, pictureUrl } = require('./server')

/** A card for this order, or for all orders of a patient: {token, expiresTime, path}. */
const invite = ({ orderId, patientId, role }) => server.post('user/inviteMember/', patientId ? { patientId, role } : { id: orderId, role })

/** What a card offers: {ownerName, role, scope, patient, day, hospital, expiresTime, mine, joined, orderId}. */
const card = (token) => server.get('user/getInvitation/', { token })

/** Resolves with {orderId}, null when the patient has no order yet. */
const accept = (token) => server.post('user/acceptInvitation/', { token })

/** {members, links}; both empty from a server that knows no members. */
async function list(id) {
  try {
    const { data, links } = await server.get('user/getMembers/', { id })
    return { members: (data || []).map((row) => ({ ...row, avatar: pictureUrl(row.avatar) })), links: links || [] }
  } catch (failure) {
    if (failure.status === 404) return { members: [], links: [] }
    throw failure
  }
}

const end = (id) => server.post('user/endMember/', { id })

const revoke = (id) => server.post('user/revokeInvitation/', { id })

/** The caller reads this order no longer. */
const leave = (id) => server.post('user/leaveOrder/', { id })

/** Orders of others that the caller may read, a page at a time, as orders.page(). */
async function shared(before) {
  const { data, next } = await server.get('user/getSharedOrders/', before ? { before } : {})
  return { rows: (data || []).map((row) => ({ ...row, shared: true })), next: next || 0 }
}

module.exports = { invite, card, accept, list, end, revoke, leave, shared }
