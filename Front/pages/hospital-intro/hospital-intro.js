const { definePage } = require('../define-page')
const catalog = require('../../services/catalog')

Page(definePage({
  data: { hospital: null, paragraphs: [] },

  async load({ id }) {
    const { hospital } = await catalog.hospital(id)
    this.setTitle(hospital.name)
    const paragraphs = (hospital.introduction || '').split(/\n+/).map((text) => text.trim()).filter(Boolean)
    return { hospital, paragraphs, empty: !paragraphs.length }
  },

  back() {
    wx.redirectTo({ url: `/pages/hospital/hospital?id=${this.query.id}` })
  },
}))
