const { definePage } = require('../define-page')
const text = require('../../texts/privacy')

Page(definePage({
  data: { sections: [], updated: text.UPDATED },

  onLoad() {
    this.setData({ sections: text.sections() })
  },
}))
