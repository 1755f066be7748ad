const { priceParts } = require('../../utils/money')

/** A price as the wire has it ('￥588.50'), drawn so that the yuan stand out; `unit` follows as 元/半天. */
Component({
  properties: {
    value: String,
    unit: String,
    /** 'large' on the page that sells it. */
    size: String,
  },

  data: { yuan: '', cents: '' },

  observers: {
    value(value) {
      this.setData(priceParts(value))
    },
  },
})
