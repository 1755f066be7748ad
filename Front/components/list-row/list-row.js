/** One line of a menu: icon, title, a note at the right, an arrow. Its icons are our own drawings, not a font from afar. */
Component({
  properties: {
    icon: String,
    title: String,
    note: String,
    last: Boolean,
  },

  methods: {
    onTap() {
      this.triggerEvent('choose')
    },
  },
})
