const catalog = require('../../services/catalog')
const phoneNumber = require('../../services/phone-number')

/**
 * Under a field for a phone number: fills in that of the user's WeChat. Sends `phone` with {value}. What keeps it from
 * doing so is said in place, and the field above stays as it is.
 */
Component({
  data: { shown: false, reading: false, said: '' },

  lifetimes: {
    attached() {
      const show = () => this.gone || this.setData({ shown: phoneNumber.offered() })
      catalog.ready().then(show, () => {}) // without a catalog there is nothing to offer
    },

    detached() {
      this.gone = true
    },
  },

  methods: {
    async onAnswer({ detail }) {
      if (this.data.reading) return
      if (!detail.code) {
        this.tell(phoneNumber.refusal(detail))
        return
      }
      this.setData({ reading: true, said: '' })
      try {
        const { phone, msg } = await phoneNumber.read(detail.code)
        if (this.gone) return
        this.triggerEvent('phone', { value: phone })
        this.tell({ sentence: msg, final: false })
      } catch (failure) {
        this.tell(phoneNumber.problem(failure))
      }
    },

    tell({ sentence, final }) {
      if (!this.gone) this.setData({ reading: false, said: sentence, shown: this.data.shown && !final })
    },
  },
})
