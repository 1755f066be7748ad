const { openPage } = require('../../utils/go')

/** An expert in a list: picture, name, title, department, specialty. Tapping opens the person. */
Component({
  properties: { expert: Object },

  methods: {
    open() {
      openPage(`/pages/expert/expert?id=${this.data.expert.id}`)
    },
  },
})
