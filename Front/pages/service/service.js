const { definePage } = require('../define-page')
const catalog = require('../../services/catalog')
const { openPage } = require('../../utils/go')

Page(definePage({
  data: { service: null },

  async load({ id }) {
    const service = await catalog.service(id)
    this.setTitle(service.name)
    return { service }
  },

  book(event) {
    openPage(`/pages/order/order?serviceId=${event.currentTarget.dataset.id}`)
  },

  onShareAppMessage() {
    const { service } = this.data
    return { title: service ? service.name : '陪诊服务', path: `/pages/service/service?id=${this.query.id}` }
  },
}))
