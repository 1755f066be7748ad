const { definePage } = require('../define-page')
const catalog = require('../../services/catalog')
const { PAGE } = require('../../services/states')

Page(definePage({
  data: { services: [] },

  async load() {
    const known = this.data.state === PAGE.LOADING && catalog.cached()
    return this.dataOf(known || await catalog.refresh({ force: this.data.state !== PAGE.LOADING }))
  },

  onShow() {
    const shown = this.version
    catalog.refresh().then((fresh) => {
      if (shown && fresh.version !== this.version && !this.gone) this.setData(this.dataOf(fresh))
    }).catch(() => {}) // the list on the screen stays good
  },

  dataOf({ version, services }) {
    this.version = version
    return { services, empty: !services.length }
  },

  onShareAppMessage() {
    return { title: `${catalog.brandName()}的陪诊服务与价格`, path: '/pages/services/services' }
  },
}))
