const { session } = require('../services/server')
const { PAGE } = require('../services/states')

/**
 * A component that fills a page: it gives load(), and gets state, failure and reload(). After it has been left,
 * `this.gone` is true, and nothing is written any more. Pages have the same from pages/define-page.js.
 */
module.exports = Behavior({
  data: { state: PAGE.LOADING, failure: '' },

  lifetimes: {
    detached() {
      this.gone = true
    },
  },

  methods: {
    /** Loads from the skeleton on: the first time, and after 重试. */
    async reload() {
      session.forgetFailure()
      this.setData({ state: PAGE.LOADING, failure: '' })
      try {
        await this.load()
      } catch (failure) {
        if (!this.gone) this.setData({ state: PAGE.FAILED, failure: failure.message })
      }
    },
  },
})
