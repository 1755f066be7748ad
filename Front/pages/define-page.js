// What every page has in common: the four states, large text, refreshing, the phone.

const settings = require('../services/settings')
const { session } = require('../services/server')
const dialogue = require('../services/dialogue')
const { PAGE } = require('../services/states')
const { sendOnce } = require('../utils/send-once')

/**
 * Wraps a page's options for Page(). A page that loads gives
 *   load(): a promise of the data to set, with an optional `empty: true`;
 * and gets state, failure, reload(), refresh(). Every page gets `large` (its root view's class) and callUs().
 */
function definePage(options) {
  const { load, data, onLoad, onShow, onUnload, ...rest } = options
  return {
    ...rest,

    data: { large: '', state: load ? PAGE.LOADING : PAGE.CONTENT, failure: '', ...data },

    onLoad(query) {
      this.query = query || {}
      this.showTextSize()
      if (onLoad) onLoad.call(this, this.query)
      if (load) this.reload()
    },

    onShow() {
      this.showTextSize()
      if (onShow) onShow.call(this)
    },

    onUnload() {
      this.gone = true
      if (onUnload) onUnload.call(this)
    },

    showTextSize() {
      const large = settings.largeText() ? 'large' : ''
      if (large !== this.data.large) this.setData({ large })
    },

    /** Loads from the skeleton on: the first time, and after 重试. */
    reload() {
      session.forgetFailure()
      this.setData({ state: PAGE.LOADING, failure: '' })
      return this.loadOnce(false)
    },

    /** Loads behind what is shown; a failure leaves it standing and is only said. */
    refresh() {
      return this.data.state === PAGE.CONTENT || this.data.state === PAGE.EMPTY ? this.loadOnce(true) : this.reload()
    },

    async loadOnce(quiet) {
      const turn = (this.turn = (this.turn || 0) + 1) // only the latest load may write
      try {
        const { empty, ...found } = await load.call(this, this.query)
        if (turn === this.turn && !this.gone) this.setData({ ...found, state: empty ? PAGE.EMPTY : PAGE.CONTENT, failure: '' })
      } catch (failure) {
        if (turn !== this.turn || this.gone) return
        if (quiet) dialogue.say(failure.message)
        else this.setData({ state: PAGE.FAILED, failure: failure.message })
      }
    },

    async onPullDownRefresh() {
      if (load) await this.refresh()
      wx.stopPullDownRefresh()
    },

    callUs() {
      dialogue.call()
    },

    sendOnce(flag, work) {
      return sendOnce(this, flag, () => work.call(this))
    },
  }
}

module.exports = { definePage }
