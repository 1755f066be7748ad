// What old eyes and hands stumble over on the page on top and on the sheets above it, as a list of sentences.
// Evaluated in the phone's window with {least}: the least text size in px for texts of the page.
({ least }) => {
  const TAP_PX = 44
  const CONTRAST = 4.5
  const ROUNDING_PX = 0.6
  const TAPPED = '[role=button], [role=link], [role=radio], [role=checkbox], wx-button, wx-navigator, wx-picker, wx-switch, .t-switch, .t-tabs__item, .t-rate__icon'
  const found = []
  const view = document.querySelector('main.mp-view:not([hidden])')

  const say = (what, element, more) => {
    const text = (element.innerText || element.getAttribute('aria-label') || '').trim().replace(/\s+/g, ' ').slice(0, 24)
    found.push(`${what}: ${element.className || element.tagName} “${text}” ${more}`)
  }
  const shown = (element) => {
    const box = element.getBoundingClientRect()
    return box.width > 0 && box.height > 0 && element.checkVisibility({ opacityProperty: true, visibilityProperty: true })
  }
  // What scrolls sideways on purpose (tabs, banners) may hold more than fits.
  const scrollsSideways = (element) => {
    for (let one = element; one && one !== view; one = one.parentElement) {
      if (one.matches('wx-swiper, wx-scroll-view') && one !== element) return true
      if (['auto', 'scroll'].includes(getComputedStyle(one).overflowX) && one.scrollWidth > one.clientWidth) return true
    }
    return false
  }
  // Texts cut after some lines on purpose, with the whole of it one tap away.
  const clamped = (element) => Boolean(element.closest('[class*=clamp]'))

  const sideways = (element) => {
    const box = element.getBoundingClientRect()
    if (box.right > innerWidth + 1 || box.left < -1) say('beyond the edge', element, `${Math.round(box.left)}…${Math.round(box.right)} of ${innerWidth}`)
  }
  const cutOff = (element) => {
    const { overflowX, overflowY, textOverflow } = getComputedStyle(element)
    if (!['hidden', 'clip'].includes(overflowX) && !['hidden', 'clip'].includes(overflowY)) return
    const wide = overflowX !== 'visible' && element.scrollWidth > element.clientWidth + 1
    const high = ['hidden', 'clip'].includes(overflowY) && element.scrollHeight > element.clientHeight + 1
    if (wide || high) say('cut off', element, `${element.scrollWidth}×${element.scrollHeight} in ${element.clientWidth}×${element.clientHeight} ${textOverflow}`)
  }
  // What lies there only to be seen, such as the drawing of a switch in a row that is the switch.
  const touchable = (element) => getComputedStyle(element).pointerEvents !== 'none'
  const ownText = (element) => [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim())
  const small = (element) => {
    const size = parseFloat(getComputedStyle(element).fontSize)
    if (size < least - 0.01) say('small text', element, `${size} px`)
  }
  const hardToHit = (element) => {
    const box = element.getBoundingClientRect()
    if (Math.min(box.width, box.height) < TAP_PX - ROUNDING_PX) say('hard to hit', element, `${Math.round(box.width)}×${Math.round(box.height)}`)
  }


  // [red, green, blue, alpha] of a computed colour; what it looks like on another; its luminance (WCAG 2.1).
  const parse = (text) => { const [r, g, b, a = 1] = text.match(/[\d.]+/g).map(Number); return [r, g, b, a] }
  const over = ([r, g, b, a], below) => [...[r, g, b].map((part, index) => part * a + below[index] * (1 - a)), 1]
  const luminance = (colour) => {
    const [r, g, b] = colour.slice(0, 3).map((part) => part / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const ratio = (one, other) => {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b)
    return (light + 0.05) / (dark + 0.05)
  }
  // The colours that may lie behind an element: of a gradient, each of its stops.
  const grounds = (element) => {
    if (!element) return [[255, 255, 255, 1]]
    const { backgroundColor, backgroundImage } = getComputedStyle(element)
    const stops = backgroundImage.includes('gradient') ? backgroundImage.match(/rgba?\([^)]*\)/g).map(parse) : [parse(backgroundColor)]
    return stops.flatMap((stop) => (stop[3] === 1 ? [stop] : grounds(element.parentElement).map((below) => over(stop, below))))
  }
  // What is seen behind a text: where it can be asked, the browser knows better than the tree, for things may overlap.
  const groundsBehind = (element) => {
    const { left, top, width, height } = element.getBoundingClientRect()
    const pile = document.elementsFromPoint(left + Math.min(width / 2, 8), top + height / 2)
    const from = pile.indexOf(element)
    if (from < 0) return grounds(element)
    const solid = pile.slice(from).find((one) => {
      const { backgroundColor, backgroundImage } = getComputedStyle(one)
      return backgroundImage.includes('gradient') || parse(backgroundColor)[3] === 1
    })
    return solid && !solid.contains(element) ? grounds(solid) : grounds(element)
  }
  const opacityOf = (element) => (element ? Number(getComputedStyle(element).opacity) * opacityOf(element.parentElement) : 1)
  const pale = (element, ink, what) => {
    const [r, g, b, a] = parse(ink)
    const colour = [r, g, b, a * opacityOf(element)]
    const worst = Math.min(...groundsBehind(element).map((ground) => ratio(over(colour, ground), ground)))
    if (worst < CONTRAST) say(what, element, `${worst.toFixed(2)} : 1, ${ink}`)
  }

  const scroller = view.querySelector('.mp-scroll')
  if (scroller.scrollWidth > scroller.clientWidth) say('scrolls sideways', view, `${scroller.scrollWidth} in ${scroller.clientWidth}`)

  // At the end of the page, nothing may lie behind the bar at the foot of the screen.
  const bar = [...view.querySelectorAll('.bar')].find(shown)
  const place = scroller.scrollTop
  if (bar) scroller.scrollTop = scroller.scrollHeight
  const behindBar = (element) => {
    for (let one = element; one !== scroller; one = one.parentElement) if (getComputedStyle(one).position === 'fixed') return false
    return element.getBoundingClientRect().bottom > bar.getBoundingClientRect().top + 1
  }
  if (bar) for (const element of view.querySelectorAll('*')) if (ownText(element) && shown(element) && behindBar(element)) say('covered', element, 'by the bar')
  scroller.scrollTop = place

  for (const element of view.querySelectorAll('*')) {
    if (!shown(element)) continue
    const text = ownText(element)
    if (text) {
      small(element)
      pale(element, getComputedStyle(element).color, 'pale')
    }
    if (element.placeholder && !element.value) pale(element, getComputedStyle(element, '::placeholder').color, 'pale placeholder')
    if (text && !scrollsSideways(element)) {
      sideways(element)
      for (let one = element; one && one !== scroller; one = one.parentElement) if (!clamped(one) && !one.matches('textarea, input')) cutOff(one)
    }
    if (!touchable(element)) continue
    if (element.matches(TAPPED) || (element.matches('input, textarea') && !element.closest(TAPPED))) hardToHit(element.closest('.field-value, .search') ?? element)
  }
  return [...new Set(found)]
}
