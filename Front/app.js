const { forwardOldPath, HOME } = require('./utils/old-paths')
const catalog = require('./services/catalog')
const drafts = require('./services/drafts')

const TAB_PAGES = ['/pages/home/home', '/pages/services/services', '/pages/more/more', '/pages/me/me']

App({
  onLaunch() {
    drafts.forgetOld()
    // The catalog is public: asking for it needs no login, and a failure is shown by the pages that need it.
    catalog.refresh().catch(() => {})
  },

  /** Cards and QR codes of the released version point at its sixteen page paths: they keep working. */
  onPageNotFound({ path, query }) {
    const url = forwardOldPath(path, query) || HOME
    if (TAB_PAGES.includes(url)) wx.switchTab({ url })
    else wx.redirectTo({ url, fail: () => wx.switchTab({ url: HOME }) })
  },
})
