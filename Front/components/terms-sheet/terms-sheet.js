const terms = require('../../texts/terms')
const readOnce = require('../../services/terms')

/** How long the terms must have been on the screen before they can be accepted, in seconds. */
const READING_S = 5

/** The terms in a sheet. Closed too early, they start again; once shown long enough, or accepted on this phone before, they can be accepted at once. */
Component({
  properties: {
    visible: Boolean,
    /** What the button says besides that one accepts: where accepting goes on to something. */
    action: String,
  },

  data: { sections: [], updated: terms.UPDATED, left: READING_S },

  observers: {
    visible(visible) {
      if (visible) this.open()
      else this.stop()
    },
  },

  lifetimes: {
    detached() {
      this.stop()
    },
  },

  methods: {
    open() {
      this.stop()
      if (readOnce.accepted()) this.wasShown = true
      this.setData({ sections: terms.sections(), left: this.wasShown ? 0 : READING_S })
      if (this.wasShown) return
      this.timer = setInterval(() => {
        const left = this.data.left - 1
        this.setData({ left })
        if (left > 0) return
        this.wasShown = true
        this.stop()
      }, 1000)
    },

    stop() {
      clearInterval(this.timer)
    },

    close() {
      this.triggerEvent('close')
    },

    accept() {
      if (this.data.left > 0) return
      this.triggerEvent('accept')
    },
  },
})
