/** One kind of trouble before it is told: help first where the patient is unwell, then a few words, then `tell` with {note}. */
Component({
  properties: {
    visible: Boolean,
    trouble: Object,
  },

  data: { note: '' },

  observers: {
    visible(visible) {
      if (visible) this.setData({ note: '' })
    },
  },

  methods: {
    close() {
      this.triggerEvent('close')
    },

    onType(event) {
      this.setData({ note: event.detail.value })
    },

    callEmergency() {
      this.triggerEvent('emergency')
    },

    callCustomer() {
      this.triggerEvent('customer')
    },

    tell() {
      this.triggerEvent('tell', { note: this.data.note.trim() })
    },
  },
})
