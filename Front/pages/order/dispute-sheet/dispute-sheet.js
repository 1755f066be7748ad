const typed = require('../../../services/typed')

/** Why a supplement is not agreed to. Sends `send` with {reason}. */
Component({
  properties: {
    visible: Boolean,
    sending: Boolean,
    /** Of the supplement: what is typed is kept for it. */
    about: null,
    amount: String,
  },

  data: { reason: '', wrong: '' },

  observers: {
    about(about) {
      if (about) this.setData({ reason: '', wrong: '', ...typed.read(`dispute ${about}`) })
    },
  },

  methods: {
    onType(event) {
      const reason = event.detail.value
      this.setData({ reason, wrong: '' })
      typed.keep(`dispute ${this.data.about}`, { reason })
    },

    close() {
      this.triggerEvent('close')
    },

    send() {
      const reason = this.data.reason.trim()
      if (!reason) return this.setData({ wrong: '请写一下哪里不对' })
      return this.triggerEvent('send', { reason })
    },
  },
})
