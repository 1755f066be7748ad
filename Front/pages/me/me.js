const { definePage } = require('../define-page')
const { go, openPage } = require('../../utils/go')
const profile = require('../../services/profile')
const settings = require('../../services/settings')
const dialogue = require('../../services/dialogue')
const { ESCORT, PROGRESS, PAGE } = require('../../services/states')

/** A second tap on 更新 within this time is answered with a smile instead of a request. */
const TOO_FAST_MS = 2000

const SHELVES = [
  { tab: PROGRESS.UNPAID, icon: '/images/wallet.svg' },
  { tab: PROGRESS.PAID, icon: '/images/paid.svg' },
  { tab: PROGRESS.SERVING, icon: '/images/serving.svg' },
  { tab: PROGRESS.FINISHED, icon: '/images/done.svg' },
  { tab: '退款', icon: '/images/refund.svg' },
]

Page(definePage({
  data: { user: null, escort: null, works: false, shelves: SHELVES, updating: false, largeText: settings.largeText() },

  async load() {
    const { user, escort } = await profile.me()
    return { user, escort, works: !!escort && (escort.status === ESCORT.APPROVED || !!escort.approvedName), shelves: SHELVES.map((shelf) => ({ ...shelf, count: (user.orders || {})[shelf.tab] || 0 })) }
  },

  onShow() {
    this.setData({ largeText: settings.largeText() })
    // Coming back from an order or a patient: the counts may have changed.
    if (this.data.state === PAGE.CONTENT) this.refresh()
  },

  update() {
    const now = Date.now()
    const tooFast = now - (this.updatedAt || 0) < TOO_FAST_MS
    this.updatedAt = now
    if (tooFast) return dialogue.say('点得太快了')
    return this.sendOnce('updating', async () => {
      if (await this.refresh()) dialogue.say('已更新', 'success')
    })
  },

  toggleLargeText() {
    const on = !this.data.largeText
    settings.setLargeText(on)
    this.setData({ largeText: on })
    this.showTextSize()
  },

  openOrders(event) {
    const { tab } = event.currentTarget.dataset
    openPage(`/pages/orders/orders?tab=${encodeURIComponent(tab)}`)
  },

  go,
}))
