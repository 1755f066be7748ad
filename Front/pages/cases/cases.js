const { definePage } = require('../define-page')
const catalog = require('../../services/catalog')
const { openPage } = require('../../utils/go')

/** ?hospitalId= the cases of that hospital; without it, the choice of a hospital. */
Page(definePage({
  data: { hospital: null, cases: [], hospitals: [] },

  async load({ hospitalId }) {
    if (!hospitalId) {
      const { hospitals } = await catalog.ready()
      return { hospitals, hospital: null, empty: !hospitals.length }
    }
    const { hospital, cases } = await catalog.hospital(hospitalId)
    return { hospital, cases, empty: !cases.length }
  },

  openHospital(event) {
    openPage(`/pages/cases/cases?hospitalId=${event.currentTarget.dataset.id}`)
  },

  book() {
    const { hospitalId } = this.query
    if (hospitalId) openPage(`/pages/order/order?hospitalId=${hospitalId}`)
    else wx.switchTab({ url: '/pages/services/services' })
  },
}))
