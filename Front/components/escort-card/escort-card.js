const { openPage } = require('../../utils/go')

/** An escort in a list, as families see one. Tapping opens the page about them. */
Component({
  properties: { escort: Object },

  methods: {
    open() {
      openPage(`/pages/escort/escort?id=${this.data.escort.id}`)
    },
  },
})
