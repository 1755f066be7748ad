/** What the escort tells of the visit, and what is asked about it. Sends `ask`, `confirm`, `rebook`. */
Component({
  properties: {
    /** As presentation.js of the story makes it. */
    report: Object,
    entries: Array,
    owner: Boolean,
    confirming: Boolean,
  },

  methods: {
    enlarge(event) {
      const { file, files } = event.currentTarget.dataset
      wx.previewImage({ current: file, urls: files, fail() {} })
    },

    ask() {
      this.triggerEvent('ask')
    },

    confirm() {
      this.triggerEvent('confirm')
    },

    rebook() {
      this.triggerEvent('rebook')
    },
  },
})
