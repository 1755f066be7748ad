const { definePage } = require('../define-page')
const orders = require('../../services/orders')
const members = require('../../services/members')
const dialogue = require('../../services/dialogue')
const { ORDER_TABS, PAGE } = require('../../services/states')

/** Cards drawn at first and added at the end of the page: a long history must not make the page slow. */
const STEP = 20

/** The server's pages that are asked for in one go, when few orders of a tab are among them. */
const MAX_PAGES = 5

/** 家人的: what others share with the user; a list of its own on the server. */
const isShared = (name) => !!ORDER_TABS.find((tab) => tab.name === name).shared
const listOf = (name) => (isShared(name) ? members.shared : orders.page)

const fitting = (rows, name) => {
  const { progress } = ORDER_TABS.find((tab) => tab.name === name)
  return rows.filter((order) => !progress || progress.includes(order.progress))
}

Page(definePage({
  data: { tabs: ORDER_TABS.map((tab) => tab.name), tab: ORDER_TABS[0].name, shown: [], more: false, sharedWaits: false, adding: false, hiding: false },

  onLoad({ tab }) {
    const wanted = decodeURIComponent(tab || '')
    if (ORDER_TABS.some((known) => known.name === wanted)) this.setData({ tab: wanted })
  },

  async load() {
    const { tab, shown } = this.data
    // Coming back from the fortieth order, the user finds it where it was.
    const count = Math.max(STEP, shown.length)
    const found = this.part(await this.gather({ rows: [], next: undefined }, tab, count), count)
    return { ...found, sharedWaits: !isShared(tab) && !found.all.rows.length && await this.hasShared() }
  },

  /** Who has ordered nothing may have come for what the family shares: then the empty list leads there. */
  async hasShared() {
    const { rows } = await members.shared().catch(() => ({ rows: [] }))
    return rows.length > 0
  },

  /** `found` with further pages of the server, until `count` orders of the tab are among them or no more come. */
  async gather(found, tab, count) {
    let { rows, next } = found
    for (let asked = 0; asked < MAX_PAGES && next !== 0 && fitting(rows, tab).length < count; asked += 1) {
      const page = await listOf(tab)(next)
      rows = rows.concat(page.rows)
      next = page.next
    }
    return { rows, next }
  },

  /** The first `count` orders of the tab, to be shown. */
  part(found, count) {
    const rows = fitting(found.rows, this.data.tab)
    return { all: found, shown: rows.slice(0, count), more: rows.length > count || found.next !== 0 }
  },

  /** Shows up to `count` orders of the tab; what is not here yet is fetched. Only the latest such wish counts. */
  async fill(count) {
    const { tab } = this.data
    const before = this.all
    const wish = (this.wish = {})
    const outdated = () => this.gone || wish !== this.wish || before !== this.all
    this.take(this.part(before, count))
    this.setData({ adding: true })
    const found = await this.gather(before, tab, count).catch((failure) => {
      if (!outdated()) dialogue.say(failure.message)
      return before
    })
    if (wish === this.wish) this.setData({ adding: false })
    if (!outdated()) this.take(this.part(found, count))
  },

  onShow() {
    if (this.data.state === PAGE.CONTENT) this.refresh()
  },

  onTab(event) {
    const before = this.data.tab
    const tab = event.detail.value
    this.setData({ tab })
    if (isShared(before) !== isShared(tab)) {
      this.setData({ shown: [], more: false })
      return this.reload()
    }
    return this.data.state === PAGE.CONTENT ? this.fill(STEP) : undefined
  },

  onReachBottom() {
    return this.data.state === PAGE.CONTENT && this.data.more && !this.data.adding ? this.fill(this.data.shown.length + STEP) : undefined
  },

  async hide(event) {
    const { id, patient } = event.detail
    const sure = await dialogue.ask({ title: '从列表移除', content: `移除后这里不再显示${patient}的这笔订单，不能恢复。确定移除吗？`, confirmText: '移除' })
    if (!sure) return
    await this.sendOnce('hiding', async () => {
      await orders.hide(id)
      dialogue.say('已移除', 'success')
      await this.refresh()
    })
  },

  /** From an empty list. */
  goOn() {
    return this.data.sharedWaits ? this.onTab({ detail: { value: ORDER_TABS.find((tab) => tab.shared).name } }) : this.book()
  },

  book() {
    wx.switchTab({ url: '/pages/services/services' })
  },
}))
