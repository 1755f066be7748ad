// index.html: some 1.5 kB, the only file that is asked for on every visit. It decides whether this window *is* the phone
// (a phone-size window, or ?bare=1) or shows a phone in a frame beside the developer's panel.
import { describe } from './scripts.mjs'
import esbuild from 'esbuild'

const PHONE_WIDTH_PX = 500 // a narrower window is taken for a phone

/** @param {{phone: {css, js: string[]}, panel: {css, js: string[]}}} files names relative to the page */
export function indexHtml(files, title) {
  const boot = `
    const wanted = new URLSearchParams(location.search).get('bare')
    const bare = wanted === '1' || (wanted !== '0' && (window !== top || innerWidth < ${PHONE_WIDTH_PX}))
    const { css, js } = (${JSON.stringify(files)})[bare ? 'phone' : 'panel']
    document.documentElement.className = bare ? 'phone' : 'panel'
    const sheet = Object.assign(document.createElement('link'), { rel: 'stylesheet', href: css })
    document.head.append(sheet)
    for (const src of js) document.head.append(Object.assign(document.createElement('script'), { src, async: false }))
  `
  return `<!doctype html>
<html lang="zh-CN">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1,viewport-fit=cover">
<meta name="robots" content="noindex">
<link rel="icon" href="data:,">
<title>${title}</title>
<script>{${minifyJs(boot).trim()}}</script>
<body><noscript>这个开发工具需要浏览器启用 JavaScript。</noscript></body>
</html>
`
}

export function minifyJs(code) {
  try {
    return esbuild.transformSync(code, { minify: true, target: 'es2020', charset: 'utf8' }).code
  } catch (error) {
    throw new Error(`compiled code is not valid: ${describe(error)}`)
  }
}

export function minifyCss(code) {
  return esbuild.transformSync(code, {
    loader: 'css',
    minify: true,
    charset: 'utf8',
    target: 'chrome100',
    logLevel: 'silent',
  }).code
}
