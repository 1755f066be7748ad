/** The refund rule of one visit with its dates, each line a sentence of the server's. */
Component({
  properties: {
    /** {lines} as the server gives it, null while it is not known. */
    rule: Object,
    /** Why it could not be read, '' when nothing went wrong. */
    failure: String,
    loading: Boolean,
  },

  methods: {
    retry() {
      this.triggerEvent('retry')
    },
  },
})
