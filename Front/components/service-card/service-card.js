const { openPage } = require('../../utils/go')

/** A service in a list, with the price of each of its variants. Tapping opens it. */
Component({
  properties: { service: Object },

  methods: {
    open() {
      openPage(`/pages/service/service?id=${this.data.service.id}`)
    },
  },
})
