const nothing = () => {}

/**
 * Opens a page on top of this one. WeChat keeps ten: from there on the new page takes this one's place, at the address
 * `instead`. A tab, which cannot lie on top of anything, is switched to.
 */
function openPage(url, instead = url) {
  const toTab = () => wx.switchTab({ url: url.split('?')[0], fail: nothing })
  wx.navigateTo({ url, fail: () => wx.redirectTo({ url: instead, fail: toTab }) })
}

/** A page's handler for rows that lead elsewhere: the address is in data-url. */
function go(event) {
  openPage(event.currentTarget.dataset.url)
}

module.exports = { go, openPage }
