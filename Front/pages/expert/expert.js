const { definePage } = require('../define-page')
const { go, openPage } = require('../../utils/go')
const catalog = require('../../services/catalog')

Page(definePage({
  data: { expert: null },

  async load({ id }) {
    const expert = await catalog.expert(id)
    this.setTitle(expert.name)
    return { expert }
  },

  preview() {
    const { picture } = this.data.expert
    if (picture) wx.previewImage({ urls: [picture], current: picture, fail() {} })
  },

  book() {
    openPage(`/pages/order/order?hospitalId=${this.data.expert.hospitalId}`)
  },

  go,

  onShareAppMessage() {
    const { expert } = this.data
    return { title: expert ? `专家介绍：${expert.name}` : '专家介绍', path: `/pages/expert/expert?id=${this.query.id}` }
  },
}))
