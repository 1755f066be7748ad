// WXSS → CSS. What a browser does not know is rewritten: rpx, @import without url, tag names of built-in elements,
// `page`, `:host`. A component's classes get a prefix (its scope), which is how WeChat isolates styles as well.
import postcss from 'postcss'
import selectorParser from 'postcss-selector-parser'
import { BUILT_IN } from './elements.mjs'
import { SourceError } from './project.mjs'

const IMPORT = /@import\s+(?:url\()?\s*["']?([^"'();]+)["']?\s*\)?\s*;?/g

export class Styles {
  /**
   * @param {(root: postcss.Root, virtual: string) => void} adapt changes a sheet before it is rewritten (icons.mjs)
   * @param {(url: string) => string|null} assetUrl the address of a local picture
   */
  constructor(project, adapt, assetUrl) {
    this.project = project
    this.adapt = adapt
    this.assetUrl = assetUrl
    /** virtual path → a function that compiles the sheet (late: only then is it known which icons are used) */
    this.sheets = new Map()
  }

  /**
   * Adds one page's, component's or the app's style sheet with everything it imports.
   * @param {string} scope prefix of the classes; '' for pages, for the app and for components that share their styles
   */
  add(virtual, scope) {
    if (!this.project.has(virtual, '.wxss')) return
    this.sheets.set(virtual, () => this.compile(virtual, scope))
  }

  compile(virtual, scope) {
    let root
    try {
      root = postcss.parse(this.inline(virtual), { from: `${virtual}.wxss` })
    } catch (error) {
      throw new SourceError(`${virtual}.wxss:${error.line}:${error.column}: ${error.reason}`)
    }
    this.adapt(root, virtual)
    root.walkComments((comment) => {
      comment.remove()
    })
    root.walkDecls((declaration) => {
      declaration.value = this.value(declaration.value, virtual)
    })
    root.walkAtRules('media', (rule) => {
      rule.params = mediaPixels(rule.params)
    })
    root.walkRules(moveBackgroundToView)
    root.walkRules((rule) => {
      if (!inKeyframes(rule)) rule.selector = rewriteSelector(rule.selector, scope)
    })
    return root.toString()
  }

  // Imports are textual, like WeChat's: a sheet imported twice by one component counts once.
  inline(virtual, seen = new Set()) {
    if (seen.has(virtual)) return ''
    seen.add(virtual)
    return this.project
      .read(virtual, '.wxss')
      .replace(/\/\*[\s\S]*?\*\//g, '')
      .replace(IMPORT, (_, request) => {
        const target = this.project.resolveFile(virtual, request.trim(), '.wxss')
        if (target !== null) return this.inline(target, seen)
        this.project.warn(`${virtual}.wxss: import "${request}" not found`)
        return ''
      })
  }

  value(text, virtual) {
    return units(text).replace(/url\(\s*["']?(?!data:|https?:|#)([^"')]+)["']?\s*\)/g, (whole, path) => {
      this.project.warn(`${virtual}.wxss: local picture ${path} (WeChat does not load it: use <image> or a data URL)`)
      const url = this.assetUrl(path)
      return url ? `url("${url}")` : whole
    })
  }

  /** A JavaScript object literal: {path: css}. `minify` gets and returns CSS text. */
  emit(paths, minify) {
    return JSON.stringify(Object.fromEntries(paths.map((path) => [path, minify(this.sheets.get(path)())])))
  }
}

/** rpx, vw and vh become variables: the phone may be narrower than the window, and vh excludes the title bar. */
export function units(text) {
  return text
    .replace(/(?<![\w#-])(-?\d*\.?\d+)rpx\b/gi, (_, number) => `calc(var(--rpx)*${Number(number)})`)
    .replace(/(?<![\w#-])(-?\d*\.?\d+)(vw|vh)\b/g, (_, number, unit) => `calc(var(--${unit})*${Number(number)})`)
}

// A media query cannot use variables; 750rpx are taken as 375 px.
const mediaPixels = (params) => params.replace(/([\d.]+)rpx/g, (_, number) => `${number / 2}px`)

const inKeyframes = (rule) => rule.parent.type === 'atrule' && /keyframes$/.test(rule.parent.name)

// The background of `page` belongs to the whole web view, and lies below elements with a negative z-index.
function moveBackgroundToView(rule) {
  if (rule.selector.trim() !== 'page') return
  const backgrounds = rule.nodes.filter((node) => node.type === 'decl' && /^background/.test(node.prop))
  if (backgrounds.length === 0) return
  rule.after(postcss.rule({ selector: '[mp-view]', nodes: backgrounds.map((node) => node.clone()) }))
  backgrounds.forEach((node) => node.remove())
}

function rewriteSelector(selector, scope) {
  return selectorParser((selectors) => {
    selectors.walkTags((tag) => {
      if (BUILT_IN.has(tag.value)) tag.value = `wx-${tag.value}`
    })
    if (scope)
      selectors.walkClasses((name) => {
        name.value = `${scope}--${name.value}`
      })
    selectors.walkPseudos((pseudo) => {
      if (pseudo.value !== ':host') return
      pseudo.replaceWith(
        selectorParser.attribute({
          attribute: 'wx-host',
          operator: '=',
          value: scope,
          quoteMark: '"',
          raws: {},
        }),
      )
    })
  }).processSync(selector)
}
