const { forwardOldPath, HOME } = require('./utils/old-paths')
const catalog = require('./services/catalog')
const confirming = require('./services/confirming')
const drafts = require('./services/drafts')
const dialogue = require('./services/dialogue')
const scriptErrors = require('./services/script-errors')

const TAB_PAGES = ['/pages/home/home', '/pages/services/services', '/pages/more/more', '/pages/me/me']

/** WeChat fetches a newer version behind the running one; what is typed into the order form is kept over a restart. */
function offerUpdate() {
  const manager = wx.getUpdateManager && wx.getUpdateManager()
  if (!manager) return
  manager.onUpdateReady(async () => {
    const now = await dialogue.ask({ title: '有新版本', content: '新版本已经准备好，重新打开就能用。现在重新打开吗？', confirmText: '重新打开', cancelText: '以后' })
    if (now) manager.applyUpdate()
  })
}

App({
  onError(error) {
    scriptErrors.report(error)
  },

  onUnhandledRejection({ reason }) {
    scriptErrors.report(reason)
  },

  onLaunch() {
    drafts.forgetOld()
    offerUpdate()
    // The catalog is public: asking for it needs no login, and a failure is shown by the pages that need it.
    catalog.refresh().catch(() => {})
  },

  /** WeChat's own components come back here. */
  onShow(options) {
    confirming.returned(options)
  },

  /** Cards and QR codes of the released version point at its sixteen page paths: they keep working. */
  onPageNotFound({ path, query }) {
    const url = forwardOldPath(path, query) || HOME
    if (TAB_PAGES.includes(url)) wx.switchTab({ url })
    else wx.redirectTo({ url, fail: () => wx.switchTab({ url: HOME }) })
  },
})
