const { definePage } = require('../define-page')
const { go } = require('../../utils/go')
const catalog = require('../../services/catalog')

Page(definePage({
  data: { expert: null },

  async load({ id }) {
    const expert = await catalog.expert(id)
    wx.setNavigationBarTitle({ title: expert.name })
    return { expert }
  },

  preview() {
    const { picture } = this.data.expert
    if (picture) wx.previewImage({ urls: [picture], current: picture, fail() {} })
  },

  book() {
    wx.navigateTo({ url: `/pages/order/order?hospitalId=${this.data.expert.hospitalId}` })
  },

  go,

  onShareAppMessage() {
    const { expert } = this.data
    return { title: expert ? `专家介绍：${expert.name}` : '专家介绍', path: `/pages/expert/expert?id=${this.query.id}` }
  },
}))
