// Names in the phone's storage that more than one part of the program has to know.

/** What an escort has recorded and the server does not know yet (packages/escort/services/outgoing.js). */
const ESCORT_QUEUE = 'escortQueue'

module.exports = { ESCORT_QUEUE }
