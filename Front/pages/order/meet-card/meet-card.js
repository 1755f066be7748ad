const dialogue = require('../../../services/dialogue')
const { openPage } = require('../../../utils/go')

/** Who goes, when, where and with whom: what a patient needs on the way to the hospital, in the order in which it is needed. */
Component({
  properties: {
    /** {when, place, meetingPoint, settled, bring, map, errand} as presentation.js makes it. */
    meeting: Object,
    escort: Object,
  },

  methods: {
    /** The places of the catalog are in GCJ-02, as WeChat's map wants them. */
    navigate() {
      const { latitude, longitude, name, address } = this.data.meeting.map
      wx.openLocation({ latitude, longitude, name, address, scale: 16, fail() {} })
    },

    callEscort() {
      dialogue.call(this.data.escort.phone)
    },

    callOffice() {
      dialogue.call()
    },

    openEscort() {
      if (this.data.escort.id) openPage(`/pages/escort/escort?id=${this.data.escort.id}`)
    },
  },
})
