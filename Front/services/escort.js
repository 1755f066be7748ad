// One's own application as an escort.

const { server } = require('./server')

/** null, or {name, phone, status, appliedTime, approvedName}: the name that stays in force meanwhile, or empty. */
const mine = async () => (await server.get('user/getCaregiver/')).caregiver || null

/** A new application replaces the old one and goes back to review. */
const apply = (name, phone) => server.post('user/apply2be1caregiver/', { name, phone })

module.exports = { mine, apply }
