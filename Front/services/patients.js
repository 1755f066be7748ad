// The people whom the caller books for. Phone and ID number come back masked and are never kept on the phone.

const { server } = require('./server')

let justAdded = null

/** [{id, name, if18, sex, phone, idcard, relation}], phone and idcard masked. */
async function list() {
  return (await server.get('user/getFriends/')).data || []
}

/** Fields: name, relation, if18 (y/n), sex (m/w), phone, idcard. Resolves with the new id. */
async function add(fields) {
  const { id } = await server.post('user/add1friend/', fields)
  justAdded = id
  return id
}

const remove = (id) => server.post('user/delete1friend/', { id })

/** The patient added last, until somebody has taken it up: the order form chooses that one. null for none. */
const lastAdded = () => justAdded

function takenUp() {
  justAdded = null
}

module.exports = { list, add, remove, lastAdded, takenUp }
