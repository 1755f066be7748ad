const dialogue = require('../../services/dialogue')

/** Fixed at the foot of a page: the phone at the left, the page's one main action in the slot. */
Component({
  methods: {
    call() {
      dialogue.call()
    },
  },
})
