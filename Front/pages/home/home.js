const { catalogPage } = require('../catalog-page')
const catalog = require('../../services/catalog')
const { TAKES } = require('../../services/states')
const { openPage } = require('../../utils/go')
const { searchCatalog } = require('../../utils/search')

/** Errands, straight to their service; `word` is looked for in the catalog's names. */
const SHORTCUTS = [
  { name: '诊前约号', word: '约号', icon: '/images/calendar-check.svg' },
  { name: '代办问诊', word: '问诊', icon: '/images/doctor.svg' },
  { name: '送取结果', word: '结果', icon: '/images/report.svg' },
  { name: '代办买药', word: '药', icon: '/images/medicine.svg' },
]

const SEARCHED = '搜医院、科室、服务'

/** Services with an escort at the patient's side; an older server does not say which these are, then it is the name. */
const accompanied = ({ name, variants }) => name.includes('陪诊') && variants.every(({ takes }) => takes !== TAKES.ERRAND)

Page(catalogPage({
  data: { brand: null, banners: [], services: [], hospitals: [], shortcuts: SHORTCUTS, shownBanner: 0, reachedBanner: 0, hint: SEARCHED, text: '', found: null },

  onLoad() {
    this.setTitle(catalog.brandName())
  },

  onShow() {
    this.lookForVisit()
  },

  async onPullDownRefresh() {
    await Promise.all([this.refresh(), this.lookForVisit()])
  },

  /** Asks again what is next; the component asks by itself when it appears. */
  lookForVisit() {
    const next = this.selectComponent && this.selectComponent('#next')
    return next ? next.look() : undefined
  },

  dataOf(found) {
    this.setTitle(found.brand.name)
    this.services = found.services
    return {
      brand: found.brand,
      banners: found.banners,
      services: found.services.filter(accompanied),
      hospitals: found.hospitals,
      found: searchCatalog(found, this.data.text),
      empty: !found.hospitals.length && !found.services.length,
    }
  },

  /**
   * The banners do not move by themselves: what moves is hard to read, and a banner is fetched only when it is
   * reached, so that a visit transfers no more than people look at.
   */
  onBannerChange(event) {
    const { current } = event.detail
    this.setData({ shownBanner: current, reachedBanner: Math.max(current, this.data.reachedBanner) })
  },

  openBanner(event) {
    const { link } = event.currentTarget.dataset
    if (!link) return
    openPage(link.startsWith('/') ? link : `/${link}`)
  },

  onSearch(event) {
    const text = event.detail.value
    this.setData({ text, found: searchCatalog({ hospitals: this.data.hospitals, services: this.services || [] }, text) })
  },

  clearSearch() {
    this.setData({ text: '', found: null })
  },

  book() {
    openPage('/pages/order/order')
  },

  openService(event) {
    openPage(`/pages/service/service?id=${event.currentTarget.dataset.id}`)
  },

  bookDepartment(event) {
    const { name, hospitalId } = event.currentTarget.dataset
    openPage(`/pages/order/order?hospitalId=${hospitalId}&department=${encodeURIComponent(name)}`)
  },

  openShortcut(event) {
    const { word } = event.currentTarget.dataset
    const service = (this.services || []).find((row) => row.name.includes(word))
    if (service) openPage(`/pages/service/service?id=${service.id}`)
    else wx.switchTab({ url: '/pages/services/services' })
  },

  onShareAppMessage() {
    return { title: `${catalog.brandName()}：看病有人陪，家人更安心`, path: '/pages/home/home' }
  },
}))
