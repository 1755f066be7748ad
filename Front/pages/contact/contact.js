const { definePage } = require('../define-page')
const catalog = require('../../services/catalog')
const dialogue = require('../../services/dialogue')

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
    wx.setClipboardData({ data: this.data.phone, success: () => dialogue.say('已复制', 'success'), fail: () => dialogue.say('没有复制成功，请再试一次') })
  },
}))
