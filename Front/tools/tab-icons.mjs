// Draws the tab bar's PNGs from the SVG beside them: WeChat's tab bar takes no SVG.
// Usage: CHROMIUM=/usr/bin/chromium node tools/tab-icons.mjs   (any Chromium or Chrome does)
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

const SIDE = 81 // px, the size WeChat recommends
const browser = process.env.CHROMIUM || 'chromium'
const folder = new URL('../images/tab/', import.meta.url).pathname
const work = mkdtempSync(path.join(tmpdir(), 'tab-icons-'))

for (const name of readdirSync(folder).filter((file) => file.endsWith('.svg'))) {
  const page = path.join(work, 'icon.html')
  writeFileSync(page, `<style>*{margin:0}svg{display:block;width:${SIDE}px;height:${SIDE}px}</style>${readFileSync(folder + name, 'utf8')}`)
  execFileSync(browser, [
    '--headless', '--no-sandbox', '--hide-scrollbars', '--default-background-color=00000000',
    `--user-data-dir=${work}/profile`, `--window-size=${SIDE},${SIDE}`,
    `--screenshot=${folder}${name.replace('.svg', '.png')}`, `file://${page}`,
  ], { stdio: 'ignore', timeout: 30000 })
  console.log(name.replace('.svg', '.png'))
}
rmSync(work, { recursive: true, force: true })
