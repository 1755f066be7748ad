const { definePage } = require('../define-page')
const escorts = require('../../services/escorts')
const text = require('../../texts/escorts')

/** What escorts do, which needs no server; and those who agreed to be shown. */
Page(definePage({
  data: { sections: [], updated: text.UPDATED, people: [], failed: '' },

  onLoad() {
    this.setData({ sections: text.sections() })
    this.look()
  },

  async look() {
    this.setData({ failed: '' })
    try {
      const people = await escorts.list()
      if (!this.gone) this.setData({ people })
    } catch (failure) {
      if (!this.gone) this.setData({ failed: failure.message })
    }
  },
}))
