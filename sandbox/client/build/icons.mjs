// The icons of tdesign-miniprogram. There they are a web font of 2,352 glyphs on Tencent's server plus 110 kB of CSS. A
// development machine may be offline, and a first visit must stay small, so the icons that the sources mention are turned
// into masks drawn from icons.json (made by collect-icons.mjs). An icon that icons.json lacks is reported and stays blank.
import fs from 'node:fs'
import postcss from 'postcss'

const SHEET = /tdesign-miniprogram\/icon\/icon$/
const GLYPH = /^\.t-icon-([a-z0-9-]+):before$/

const DRAWN =
  'content:"";display:block;width:1em;height:1em;background:currentColor;' +
  '-webkit-mask:var(--icon) center/contain no-repeat;mask:var(--icon) center/contain no-repeat'

export class Icons {
  constructor(project, file = new URL('./icons.json', import.meta.url)) {
    this.project = project
    this.drawings = JSON.parse(fs.readFileSync(file, 'utf8'))
    this.words = new Set()
    this.named = new Set()
  }

  /** Reads which words the sources use: any of them may be an icon's name. */
  scan(texts) {
    for (const text of texts) {
      for (const [word] of text.matchAll(/[a-z][a-z0-9-]*/g)) this.words.add(word)
      for (const [, name] of text.matchAll(/\bicon(?:-name)?="([a-z][a-z0-9-]*)"/g)) this.named.add(name)
      for (const [, name] of text.matchAll(/<t-icon\b[^>]*?\bname="([a-z][a-z0-9-]*)"/g)) this.named.add(name)
    }
  }

  /** Replaces the glyphs in the icon component's sheet; leaves every other sheet alone. */
  adapt(root, virtual) {
    if (!SHEET.test(virtual)) return
    const used = []
    root.walkAtRules('font-face', (rule) => {
      rule.remove()
    })
    root.walkRules((rule) => {
      const name = GLYPH.exec(rule.selector)?.[1]
      if (name === undefined) return
      rule.remove()
      if (!this.words.has(name)) return
      if (this.drawings[name]) used.push(name)
      else if (this.named.has(name)) this.project.warn(`icon "${name}" is not in build/icons.json: it stays blank`)
    })
    if (used.length === 0) return
    root.append(postcss.parse(`${used.map((name) => `.t-icon-${name}:before`).join(',')}{${DRAWN}}`))
    for (const name of used)
      root.append(postcss.parse(`.t-icon-${name}:before{--icon:${maskUrl(this.drawings[name])}}`))
  }
}

// icons.json holds the inside of each <svg viewBox="0 0 24 24">.
function maskUrl(drawing) {
  const svg = `<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' fill='none'>${drawing}</svg>`
  return `url("data:image/svg+xml,${svg.replace(/"/g, "'").replace(/[<>#%]/g, (c) => encodeURIComponent(c))}")`
}
