const { definePage } = require('../define-page')
const catalog = require('../../services/catalog')
const clipboard = require('../../services/clipboard')

Page(definePage({
  data: { brand: '', phone: '' },

  onLoad() {
    this.show()
    catalog.refresh().then(() => this.show()).catch(() => {}) // the number in config.js stands in
  },

  show() {
    if (!this.gone) this.setData({ brand: catalog.brandName(), phone: catalog.phone() })
  },

  copy() {
    clipboard.copy(this.data.phone, '点上面的号码可以直接拨打')
  },
}))
