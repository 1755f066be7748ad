const { definePage } = require('../define-page')
const catalog = require('../../services/catalog')

/** How long the typing must rest before the server is asked. */
const TYPING_MS = 350
const STEP = 20

Page(definePage({
  data: { text: '', hospitalName: '', shown: [], total: 0 },

  async load({ hospitalId }) {
    const [found, known] = await Promise.all([catalog.experts(hospitalId, this.data.text.trim()), catalog.ready()])
    const hospital = known.hospitals.find((row) => String(row.id) === String(hospitalId))
    const count = Math.max(STEP, this.data.shown.length)
    return { all: found, hospitalName: hospital ? hospital.name : '', shown: found.slice(0, count), total: found.length, empty: !found.length }
  },

  onUnload() {
    clearTimeout(this.typing)
  },

  onSearch(event) {
    this.setData({ text: event.detail.value })
    clearTimeout(this.typing)
    this.typing = setTimeout(() => this.refresh(), TYPING_MS)
  },

  clearSearch() {
    clearTimeout(this.typing)
    this.setData({ text: '' })
    this.refresh()
  },

  onReachBottom() {
    if (this.all && this.data.shown.length < this.data.total) this.setData({ shown: this.all.slice(0, this.data.shown.length + STEP) })
  },
}))
