/** A panel from below with a title, a way out, a scrolling body (slot) and a foot (slot `foot`). */
Component({
  options: { multipleSlots: true },

  properties: {
    visible: Boolean,
    title: String,
  },

  methods: {
    close() {
      this.triggerEvent('close')
    },

    onVisibleChange(event) {
      if (!event.detail.visible) this.close()
    },
  },
})
