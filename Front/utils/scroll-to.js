/** Brings a field (the element `#field-<name>` of a page or component) into view, a little below the top. */
function scrollToField(host, name) {
  wx.createSelectorQuery().in(host).select(`#field-${name}`).boundingClientRect()
    .selectViewport().scrollOffset().exec(([box, view]) => {
      if (box && view) wx.pageScrollTo({ scrollTop: Math.max(0, view.scrollTop + box.top - 80), duration: 200 })
    })
}

module.exports = { scrollToField }
