const { definePage } = require('../define-page')
const orders = require('../../services/orders')
const { ORDER_TABS, PAGE } = require('../../services/states')

/** Cards drawn at first and added at the end of the page: a long history must not make the page slow. */
const STEP = 20

Page(definePage({
  data: { tabs: ORDER_TABS.map((tab) => tab.name), tab: ORDER_TABS[0].name, shown: [], total: 0 },

  onLoad({ tab }) {
    const wanted = decodeURIComponent(tab || '')
    if (ORDER_TABS.some((known) => known.name === wanted)) this.setData({ tab: wanted })
  },

  async load() {
    const all = await orders.list()
    // Whoever comes back from the fortieth order finds it where it was.
    return { all, ...this.part(all, this.data.tab, Math.max(STEP, this.data.shown.length)) }
  },

  /** The first `count` orders of a tab. */
  part(all, name, count) {
    const { progress } = ORDER_TABS.find((tab) => tab.name === name)
    const fitting = all.filter((order) => !progress || progress.includes(order.progress))
    return { shown: fitting.slice(0, count), total: fitting.length }
  },

  onShow() {
    if (this.data.state === PAGE.CONTENT) this.refresh()
  },

  onTab(event) {
    const tab = event.detail.value
    this.setData({ tab, ...(this.all ? this.part(this.all, tab, STEP) : {}) })
  },

  onReachBottom() {
    if (this.all && this.data.shown.length < this.data.total) this.setData(this.part(this.all, this.data.tab, this.data.shown.length + STEP))
  },

  book() {
    wx.switchTab({ url: '/pages/services/services' })
  },
}))
