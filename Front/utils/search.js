const { fold } = require('./text')
const { SYNONYMS, DEPARTMENTS } = require('../texts/search-words')

/** Departments shown at most: the search goes on with a longer word. */
const MAX_DEPARTMENTS = 6

/**
 * The hospitals, services and departments that a text finds; null for an empty text. Case and spaces do not matter.
 * @returns {{hospitals: object[], services: object[], departments: {name: string, hospitalId: number|string, hospital: string}[]}|null}
 */
function searchCatalog(catalog, text) {
  const wanted = plain(text)
  if (!wanted) return null
  const holds = (...parts) => parts.some((part) => plain(part).includes(wanted))
  const meant = SYNONYMS.filter(({ words }) => holds(...words) || words.some((word) => wanted.includes(word)))
  const isMeant = (name) => meant.some((synonym) => synonym.in.some((part) => name.includes(part)))
  return {
    hospitals: catalog.hospitals.filter((row) => holds(row.name, row.address)),
    services: catalog.services.filter((row) => holds(row.name, row.summary, ...(row.keywords || [])) || isMeant(row.name)),
    departments: departmentsOf(catalog.hospitals, holds).slice(0, MAX_DEPARTMENTS),
  }
}

/** Those that hospitals have listed, with their hospital; else those of most hospitals, with none. */
function departmentsOf(hospitals, holds) {
  const listed = hospitals.flatMap((row) => (row.departments || []).filter((name) => holds(name)).map((name) => ({ name, hospitalId: row.id, hospital: row.name })))
  return listed.length ? listed : DEPARTMENTS.filter((name) => holds(name)).map((name) => ({ name, hospitalId: '', hospital: '' }))
}

function plain(text) {
  return fold(text).toLowerCase().replace(/[\s·•‧・･.]/g, '')
}

module.exports = { searchCatalog }
