const { definePage } = require('../define-page')
const { go, openPage } = require('../../utils/go')
const catalog = require('../../services/catalog')
const dialogue = require('../../services/dialogue')

/** So many are shown here; the rest has pages of its own. */
const EXPERTS_HERE = 3
const CASES_HERE = 2

Page(definePage({
  data: { hospital: null, experts: [], moreExperts: 0, cases: [], moreCases: 0 },

  async load({ id }) {
    const { hospital, experts, cases } = await catalog.hospital(id)
    this.setTitle(hospital.name)
    return {
      hospital,
      experts: experts.slice(0, EXPERTS_HERE),
      moreExperts: Math.max(0, experts.length - EXPERTS_HERE),
      cases: cases.slice(0, CASES_HERE),
      moreCases: Math.max(0, cases.length - CASES_HERE),
    }
  },

  openMap() {
    const { latitude, longitude, name, address } = this.data.hospital
    wx.openLocation({ latitude: Number(latitude), longitude: Number(longitude), name, address, scale: 16, fail() {} })
  },

  callHospital() {
    dialogue.call(this.data.hospital.phone)
  },

  book() {
    openPage(`/pages/order/order?hospitalId=${this.data.hospital.id}`)
  },

  go,

  onShareAppMessage() {
    const { hospital } = this.data
    return { title: hospital ? `${hospital.name}陪诊` : '医院陪诊', path: `/pages/hospital/hospital?id=${this.query.id}` }
  },
}))
