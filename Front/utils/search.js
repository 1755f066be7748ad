const { fold } = require('./text')

/** The hospitals and services whose name holds the text; null for an empty text. Case and spaces do not matter. */
function searchCatalog(catalog, text) {
  const wanted = plain(text)
  if (!wanted) return null
  const holds = (...parts) => parts.some((part) => plain(part).includes(wanted))
  return {
    hospitals: catalog.hospitals.filter((row) => holds(row.name, row.address)),
    services: catalog.services.filter((row) => holds(row.name, row.summary)),
  }
}

function plain(text) {
  return fold(text).toLowerCase().replace(/[\s·•‧・･.]/g, '')
}

module.exports = { searchCatalog }
