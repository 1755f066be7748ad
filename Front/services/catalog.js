// What the company offers: banners, hospitals, services, experts. Public, kept on the phone, refreshed by ETag.

const config = require('../config')
const { server, pictureUrl } = require('./server')
const { TAKES } = require('./states')

const STORAGE_KEY = 'catalog'
/** Within this time a refresh answers from memory: switching tabs asks the server nothing. */
const FRESH_MS = 60 * 1000

/** How visits are arranged, until the catalog says so: hours in minutes, a call after paying within so many minutes ('' unknown). */
const VISITS = { userMoves: 0, userMoveHours: 0, timeStep: 30, callbackMinutes: 0, officeHours: '' }

let kept = null // { etag, body, from }
let readAt = 0
let underWay = null

function stored() {
  if (!kept) {
    const found = wx.getStorageSync(STORAGE_KEY)
    kept = found && found.from === config.serverUrl && found.body ? found : null
  }
  return kept
}

/** The catalog as last seen on this phone, ready to show; null on a first visit. */
function cached() {
  const found = stored()
  return found ? present(found.body) : null
}

/** The catalog of now. Resolves with the same shape as cached(); rejects with a Failure when there is no answer. */
function refresh({ force = false } = {}) {
  if (underWay) return underWay
  if (!force && kept && Date.now() - readAt < FRESH_MS) return Promise.resolve(present(kept.body))
  underWay = ask().then(
    (catalog) => {
      underWay = null
      return catalog
    },
    (failure) => {
      underWay = null
      throw failure
    },
  )
  return underWay
}

async function ask() {
  const known = stored()
  const { body, etag } = await server.getIfChanged('catalog/', known ? known.etag : '')
  if (body) {
    kept = { etag, body, from: config.serverUrl }
    wx.setStorageSync(STORAGE_KEY, kept)
  }
  readAt = Date.now()
  return present(kept.body)
}

/** The catalog, from the phone when it is there, else from the server. */
function ready() {
  const found = cached()
  return found ? Promise.resolve(found) : refresh()
}

/** The wire's catalog as pages use it: full picture addresses, price variants grouped under their service. */
function present(body) {
  const withPicture = (row) => ({ ...row, picture: pictureUrl(row.picture) })
  return {
    version: body.version,
    brand: { name: (body.brand && body.brand.name) || config.brand, phone: (body.brand && body.brand.phone) || config.phone },
    bookingDays: body.bookingDays || config.bookingDays,
    ...templatesOf(body.messages || {}),
    banners: (body.banners || []).map(withPicture),
    visits: { ...VISITS, ...body.visits },
    features: { phoneNumber: false, ...body.features },
    hospitals: (body.hospitals || []).map((row) => ({ campuses: [], meetingPoints: [], departments: [], ...withPicture(row), logo: pictureUrl(row.logo) })),
    services: groupVariants((body.services || []).map(withPicture)),
  }
}

/** What a tap may ask for, by occasion. */
function templatesOf({ templates, escortTemplates, occasions = {} }) {
  return { templates: templates || [], escortTemplates: escortTemplates || [], payTemplates: occasions.statement || [], supplementTemplates: occasions.supplement || [], occasions }
}

/** What a price that begins soon says: '12月1日起 ￥428/半天'; empty without one. */
function priceToCome({ unit, priceChange }) {
  if (!priceChange) return ''
  const [, month, day] = priceChange.beginsOn.split('-').map(Number)
  return `${month}月${day}日起 ${priceChange.price}${unit ? `/${unit}` : ''}`
}

/** Rows of one name are one service with several prices, in the order in which they came. */
function groupVariants(rows) {
  const groups = []
  rows.forEach((row) => {
    const { id, unit, price, takes = TAKES.HALF, needsIdNumber = true, questions = [] } = row
    const variant = { id, unit, price, priceToCome: priceToCome(row), takes, needsIdNumber, questions }
    const group = groups.find((candidate) => candidate.name === row.name)
    if (group) group.variants.push(variant)
    else groups.push({ id, name: row.name, summary: row.summary, picture: row.picture, keywords: row.keywords || [], variants: [variant] })
  })
  return groups
}

/** The service and the price variant that an id names: {service, variant}, or null. */
function findVariant(services, id) {
  for (const group of services) {
    const variant = group.variants.find((candidate) => String(candidate.id) === String(id))
    if (variant) return { service: group, variant }
  }
  return null
}

async function service(id) {
  const { service: found } = await server.get(`catalog/services/${encodeURIComponent(id)}/`, undefined, { login: false })
  const variants = found.variants.map((variant) => ({ ...variant, priceToCome: priceToCome(variant) }))
  return { ...found, variants, picture: pictureUrl(found.picture) }
}

async function hospital(id) {
  const answer = await server.get(`catalog/hospitals/${encodeURIComponent(id)}/`, undefined, { login: false })
  const { hospital: found } = answer
  return {
    hospital: { ...found, picture: pictureUrl(found.picture), logo: pictureUrl(found.logo) },
    experts: (answer.experts || []).map(presentExpert),
    cases: answer.cases || [],
  }
}

async function expert(id) {
  const answer = await server.get(`catalog/experts/${encodeURIComponent(id)}/`, undefined, { login: false })
  return presentExpert(answer.expert)
}

/** Experts of a hospital ('' for all), whose name, department or specialty holds `text`. */
async function experts(hospitalId, text) {
  const query = {}
  if (hospitalId) query.hospitalId = hospitalId
  if (text) query.q = text
  const answer = await server.get('catalog/experts/', query, { login: false })
  return (answer.experts || []).map(presentExpert)
}

const presentExpert = (row) => ({ ...row, picture: pictureUrl(row.picture) })

/** The number to call: the server's when it is known, else the one in config.js. */
function phone() {
  const found = cached()
  return found ? found.brand.phone : config.phone
}

const brandName = () => (cached() ? cached().brand.name : config.brand)

module.exports = { brandName, cached, refresh, ready, findVariant, groupVariants, service, hospital, expert, experts, phone }
