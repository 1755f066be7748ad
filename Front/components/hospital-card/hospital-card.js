const { openPage } = require('../../utils/go')

/** A hospital in a list: logo, name, grade, kind. Tapping opens it. */
Component({
  properties: { hospital: Object },

  methods: {
    open() {
      openPage(`/pages/hospital/hospital?id=${this.data.hospital.id}`)
    },
  },
})
