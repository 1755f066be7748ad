// The sixteen page paths of the released version, and what their queries became.
// Old queries, as that version's pages read them: `id` is a service (service, order), a hospital or an expert;
// Pay takes `showDetailId` for an existing order; MyOrder takes `type`, the number of a tab.

const { ORDER_TABS } = require('../services/states')

const HOME = '/pages/home/home'

const PAGES = {
  'pages/index/index': () => HOME,
  'pages/PeiZhenXiaDan/PeiZhenXiaDan': () => '/pages/services/services',
  'pages/PeiZhenXiaDan_YouXiangPeiZhen/PeiZhenXiaDan_YouXiangPeiZhen': (query) =>
    idOf(query, 'id', 'serviceId') ? url('/pages/service/service', { id: idOf(query, 'id', 'serviceId') }) : '/pages/services/services',
  'pages/OtherService/OtherService': () => '/pages/more/more',
  'pages/My/My': () => '/pages/me/me',
  'pages/MyAvatarNickname/MyAvatarNickname': () => '/pages/profile/profile',
  'pages/OneHospital/OneHospital': (query) =>
    idOf(query, 'id', 'hospitalId') ? url('/pages/hospital/hospital', { id: idOf(query, 'id', 'hospitalId') }) : HOME,
  'pages/HospitalIntro/HospitalIntro': (query) =>
    idOf(query, 'id', 'hospitalId') ? url('/pages/hospital-intro/hospital-intro', { id: idOf(query, 'id', 'hospitalId') }) : HOME,
  'pages/ExpertsList/ExpertsList': (query) => url('/pages/experts/experts', { hospitalId: idOf(query, 'id', 'hospitalId') }),
  'pages/OneExpert/OneExpert': (query) =>
    idOf(query, 'id', 'expertId') ? url('/pages/expert/expert', { id: idOf(query, 'id', 'expertId') }) : '/pages/experts/experts',
  'pages/PeiZhen_Example/PeiZhen_Example': (query) => url('/pages/cases/cases', { hospitalId: idOf(query, 'id', 'hospitalId') }),
  'pages/Pay/Pay': payPage,
  'pages/MyOrder/MyOrder': (query) => url('/pages/orders/orders', { tab: (ORDER_TABS[Number(query.type)] || {}).name }),
  'pages/Friend/Friend': () => '/pages/patients/patients',
  'pages/FriendAdd/FriendAdd': () => '/pages/patient-edit/patient-edit',
  'pages/Apply2be1Caregiver/Apply2be1Caregiver': () => '/pages/escort-apply/escort-apply',
}

function payPage(query) {
  const order = idOf(query, 'showDetailId', 'orderId')
  if (order) return url('/pages/order/order', { id: order })
  return url('/pages/order/order', { serviceId: idOf(query, 'id', 'serviceId'), hospitalId: idOf(query, 'hospitalId', 'hospitalid') })
}

/** The first of these fields that holds a plain number: anything else in a shared link is dropped. */
function idOf(query, ...names) {
  const name = names.find((key) => /^\d{1,18}$/.test(query[key] === undefined ? '' : String(query[key])))
  return name ? String(query[name]) : ''
}

function url(path, fields) {
  const pairs = Object.keys(fields)
    .filter((key) => fields[key])
    .map((key) => `${key}=${encodeURIComponent(fields[key])}`)
  return pairs.length ? `${path}?${pairs.join('&')}` : path
}

/**
 * Where a path of the released version lives now, as a URL for redirectTo or switchTab; '' for an unknown path.
 * @param {string} path with or without a leading slash or a `.html` ending
 * @param {object} [query]
 */
function forwardOldPath(path, query) {
  const clean = String(path || '').replace(/^\/+/, '').replace(/\.html$/, '')
  const page = PAGES[clean]
  return page ? page(query || {}) : ''
}

module.exports = { HOME, OLD_PATHS: Object.keys(PAGES), forwardOldPath }
