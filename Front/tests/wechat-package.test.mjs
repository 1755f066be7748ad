import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import { LIMIT_BYTES, problemsOf, summaryOf, totalOf } from '../../tools/wechat/package-check.mjs'

const APP = { pages: ['pages/a/a'], tabBar: { list: [{ iconPath: 'images/a.png', selectedIconPath: 'images/b.png' }] } }
const WHOLE = Object.fromEntries(
  ['app.js', 'app.json', 'app.wxss', 'pages/a/a.js', 'pages/a/a.json', 'pages/a/a.wxml', 'images/a.png', 'images/b.png'].map((name) => [name, 'x']),
)

test('the root of the project is written as WeChat’s analysis of unused files understands it', () => {
  const config = JSON.parse(readFileSync(new URL('../project.config.json', import.meta.url)))
  assert.equal(config.miniprogramRoot, '', 'with "./" it finds no app.json, and every file of every package is uploaded')
  assert.equal(config.setting.ignoreUploadUnusedFiles, true)
})

test('a whole package has no problem', () => assert.deepEqual(problemsOf(WHOLE, APP), []))

for (const name of Object.keys(WHOLE)) {
  test(`a package without ${name} is no package`, () => {
    const { [name]: gone, ...rest } = WHOLE
    assert.equal(gone, 'x')
    assert.deepEqual(problemsOf(rest, APP), [`${name} is not in the package`])
  })
}

for (const name of ['tests/a.js', 'pages/a/a.test.js', 'node_modules/x/y.js', 'tools/t.mjs', 'README.md', 'package.json', 'eslint.config.mjs']) {
  test(`${name} does not belong into it`, () => assert.equal(problemsOf({ ...WHOLE, [name]: '' }, APP).length, 1))
}

test('it may be as large as the limit and no larger, counted in bytes', () => {
  const room = LIMIT_BYTES - totalOf(WHOLE)
  assert.deepEqual(problemsOf({ ...WHOLE, 'a.js': 'x'.repeat(Math.floor(room)) }, APP), [])
  assert.match(problemsOf({ ...WHOLE, 'a.js': Buffer.alloc(Math.floor(room) + 1) }, APP)[0], /is more than/)
  assert.equal(problemsOf({ ...WHOLE, 'a.js': '中'.repeat(Math.floor(room / 3) + 1) }, APP).length, 1)
  assert.match(summaryOf(WHOLE, LIMIT_BYTES, 1000), /^WeChat would upload 0 KiB in 8 files/)
})
