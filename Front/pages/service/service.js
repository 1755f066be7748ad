const { definePage } = require('../define-page')
const catalog = require('../../services/catalog')

Page(definePage({
  data: { service: null },

  async load({ id }) {
    const service = await catalog.service(id)
    wx.setNavigationBarTitle({ title: service.name })
    return { service }
  },

  book(event) {
    wx.navigateTo({ url: `/pages/order/order?serviceId=${event.currentTarget.dataset.id}` })
  },

  onShareAppMessage() {
    const { service } = this.data
    return { title: service ? service.name : '陪诊服务', path: `/pages/service/service?id=${this.query.id}` }
  },
}))
