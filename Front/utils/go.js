/** A page's handler for rows that lead elsewhere: the address is in data-url. */
function go(event) {
  wx.navigateTo({ url: event.currentTarget.dataset.url })
}

module.exports = { go }
