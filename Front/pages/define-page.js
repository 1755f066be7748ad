// What every page has in common: the four states, large text, refreshing, the phone.

const settings = require('../services/settings')
const { session } = require('../services/server')
const dialogue = require('../services/dialogue')
const { PAGE } = require('../services/states')
const { sendOnce } = require('../utils/send-once')

/**
 * The query of a page. A printed code carries its own in `scene`, encoded, because WeChat allows it 32 characters of a
 * few kinds only: 'id=1&serviceId=4'. What stands in the address itself wins.
 */
function queryOf({ scene, ...query } = {}) {
  let text = ''
  try {
    text = decodeURIComponent(scene || '')
  } catch {
    return query // a damaged code opens the page without what it meant
  }
  const pairs = text.split('&').map((pair) => pair.split('=')).filter(([name, value]) => name && value)
  return { ...Object.fromEntries(pairs), ...query }
}

/** Every card has a picture (drawn from tools/share-card.svg): without one WeChat takes a picture of the screen, names and all. */
const SHARE_PICTURE = '/images/share.png'

function shared(onShareAppMessage) {
  return function share(event) {
    return { imageUrl: SHARE_PICTURE, ...onShareAppMessage.call(this, event) }
  }
}

/**
 * Wraps a page's options for Page(). A page that loads gives
 *   load(): a promise of the data to set, with an optional `empty: true` and `all`: rows of which the page draws a
 *   part, kept as this.all;
 * and gets state, failure, reload(), refresh(). Every page gets `large` (its root view's class), setTitle() and
 * callUs().
 */
function definePage(options) {
  const { load, data, onLoad, onShow, onHide, onUnload, onPullDownRefresh, onShareAppMessage, ...rest } = options
  return {
    ...rest,
    ...(onShareAppMessage ? { onShareAppMessage: shared(onShareAppMessage) } : {}),

    data: { large: '', state: load ? PAGE.LOADING : PAGE.CONTENT, failure: '', ...data },

    onLoad(query) {
      this.query = queryOf(query)
      this.showTextSize()
      if (onLoad) onLoad.call(this, this.query)
      if (load) this.reload()
    },

    onShow() {
      this.onTop = true
      this.showTextSize()
      if (this.title) this.setTitle(this.title)
      if (onShow) onShow.call(this)
    },

    onHide() {
      this.onTop = false
      if (onHide) onHide.call(this)
    },

    onUnload() {
      this.gone = true
      this.onTop = false
      if (onUnload) onUnload.call(this)
    },

    showTextSize() {
      const large = settings.largeText() ? 'large' : ''
      if (large !== this.data.large) this.setData({ large })
    },

    /** WeChat writes a title over whichever page is on top: one that comes late waits until this page is. */
    setTitle(title) {
      this.title = title
      if (this.onTop) wx.setNavigationBarTitle({ title })
    },

    /** Loads from the skeleton on: the first time, and after 重试. Resolves as loadOnce(). */
    reload() {
      session.forgetFailure()
      this.setData({ state: PAGE.LOADING, failure: '' })
      return this.loadOnce(false)
    },

    /** Loads behind what is shown; a failure leaves it standing and is only said. Resolves as loadOnce(). */
    refresh() {
      return this.data.state === PAGE.CONTENT || this.data.state === PAGE.EMPTY ? this.loadOnce(true) : this.reload()
    },

    /** Resolves with true when the page shows what was loaded. */
    async loadOnce(quiet) {
      const turn = (this.turn = (this.turn || 0) + 1) // only the latest load may write
      const late = () => turn !== this.turn || this.gone
      try {
        const found = await load.call(this, this.query)
        if (late()) return false
        this.take(found)
        return true
      } catch (failure) {
        if (late()) return false
        if (quiet) dialogue.say(failure.message)
        else this.setData({ state: PAGE.FAILED, failure: failure.message })
        return false
      }
    },

    /** Shows what load() has found, or what came by another road in its shape. */
    take({ empty, all, ...found }) {
      if (all) this.all = all
      this.setData({ ...found, state: empty ? PAGE.EMPTY : PAGE.CONTENT, failure: '' })
    },

    async onPullDownRefresh() {
      if (onPullDownRefresh) await onPullDownRefresh.call(this)
      else if (load) await this.refresh()
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
