const dialogue = require('../../services/dialogue')

/** Floats at the lower right of pages without a bottom bar: a call is never more than one tap away. */
Component({
  methods: {
    call() {
      dialogue.call()
    },
  },
})
