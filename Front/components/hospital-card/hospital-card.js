/** A hospital in a list: logo, name, grade, kind. Tapping opens it. */
Component({
  properties: { hospital: Object },

  methods: {
    open() {
      wx.navigateTo({ url: `/pages/hospital/hospital?id=${this.data.hospital.id}` })
    },
  },
})
