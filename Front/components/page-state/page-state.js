const catalog = require('../../services/catalog')
const dialogue = require('../../services/dialogue')

/** The three states that are not content: a skeleton, what to do next, and a failure with its way out. */
Component({
  properties: {
    state: String,
    /** What went wrong, as a sentence. */
    failure: String,
    /** Empty: what is missing, why, and the name of the button that helps ('' for none). */
    title: String,
    hint: String,
    action: String,
    /** Skeleton: how many cards. */
    cards: { type: Number, value: 3 },
    /** Without the call link, on a page that has a call button already. */
    quiet: Boolean,
  },

  data: {
    skeletons: [0, 1, 2],
    bones: [
      { width: '55%', height: '24px' },
      { width: '100%', height: '18px' },
      { width: '80%', height: '18px' },
    ],
  },

  observers: {
    cards(cards) {
      this.setData({ skeletons: Array.from({ length: cards }, (_, index) => index) })
    },
  },

  methods: {
    retry() {
      this.triggerEvent('retry')
    },

    act() {
      this.triggerEvent('action')
    },

    call() {
      dialogue.call(catalog.phone())
    },
  },
})
