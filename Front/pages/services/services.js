const { catalogPage } = require('../catalog-page')
const catalog = require('../../services/catalog')

Page(catalogPage({
  data: { services: [] },

  dataOf({ services }) {
    return { services, empty: !services.length }
  },

  onShareAppMessage() {
    return { title: `${catalog.brandName()}的陪诊服务与价格`, path: '/pages/services/services' }
  },
}))
