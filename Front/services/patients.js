// The people whom the caller books for. Phone and ID number come back masked and are never kept on the phone.

const { server } = require('./server')

let justAdded = null

/** [{id, name, if18, sex, phone, idcard, relation}], phone and idcard masked. */
async function list() {
  return (await server.get('user/getFriends/')).data || []
}

/** One of them to be edited: idcardKind, consentGiven and guardianConsentGiven besides. */
async function get(id) {
  return (await server.get('user/getFriend/', { id })).friend
}

/**
 * Fields: name, relation, if18 (y/n), sex (m/w), phone, idcardKind, idcard. Resolves with {id, msg}: of a patient who has
 * this ID number already, whom the message names, or of the new one.
 */
async function add(fields) {
  const added = await server.post('user/add1friend/', fields)
  justAdded = added.id
  return added
}

/** Fields as of add(), with the id; without phone or idcard these stay as they are. */
const edit = (fields) => server.post('user/edit1friend/', fields)

const remove = (id) => server.post('user/delete1friend/', { id })

/** The patient added last, until the order form has chosen that one. null for none. */
const lastAdded = () => justAdded

function takenUp() {
  justAdded = null
}

module.exports = { list, get, add, edit, remove, lastAdded, takenUp }
