const { PARAGRAPHS } = require('../../../texts/visit-consent')

/** Asks for the separate consent to the record of a visit. Sends `answer` with {agree, erase}. */
Component({
  properties: {
    visible: Boolean,
    /** Has it been given? Then it may be taken back, with or without what is there. */
    given: Boolean,
    sending: Boolean,
  },

  data: { paragraphs: PARAGRAPHS },

  methods: {
    agree() {
      this.triggerEvent('answer', { agree: true, erase: false })
    },

    refuse() {
      this.triggerEvent('answer', { agree: false, erase: false })
    },

    erase() {
      this.triggerEvent('answer', { agree: false, erase: true })
    },

    close() {
      this.triggerEvent('close')
    },
  },
})
