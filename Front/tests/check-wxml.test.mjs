import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import test from 'node:test'
import { checkMiniProgram } from '../tools/check-wxml.mjs'
import { readWxml } from '../tools/wxml.mjs'

/** A mini-program of one page in a temporary folder; `files` replace or add to it. */
function check(files) {
  const root = mkdtempSync(path.join(tmpdir(), 'check-wxml-'))
  const all = {
    'app.json': JSON.stringify({ pages: ['pages/a/a'], tabBar: { list: [] } }),
    'pages/a/a.json': '{}',
    'pages/a/a.js': 'Page({ go() {} })',
    'pages/a/a.wxss': '',
    'pages/a/a.wxml': '<view bindtap="go">x</view>',
    'components/c/c.json': '{"component":true}',
    'components/c/c.js': 'Component({})',
    'components/c/c.wxml': '<view />',
    ...files,
  }
  for (const [name, text] of Object.entries(all)) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true })
    writeFileSync(path.join(root, name), text)
  }
  const problems = checkMiniProgram(root)
  rmSync(root, { recursive: true })
  return problems
}

test('a sound mini-program has no problem', () => assert.deepEqual(check({}), []))

test('a handler may lie in a part beside the page', () => {
  const page = { 'pages/a/a.wxml': '<view bind:tap="open" />', 'pages/a/a.js': "const { part } = require('./part')" }
  assert.deepEqual(check({ ...page, 'pages/a/part.js': 'const part = { open() {} }' }), [])
  assert.match(check({ ...page, 'pages/a/part.js': '' }).join(), /handler open/)
})

test('a handler may come from a behavior', () => {
  const page = { 'pages/a/a.wxml': '<view bind:tap="open" />', 'pages/a/a.js': "const shared = require('../../behaviors/shared')" }
  assert.deepEqual(check({ ...page, 'behaviors/shared.js': 'module.exports = Behavior({ methods: { open() {} } })' }), [])
  assert.match(check({ ...page, 'behaviors/shared.js': '' }).join(), /handler open/)
})

const SHEET = { 'pages/a/a.json': '{"usingComponents":{"sheet":"/components/c/c"}}' }
const BROKEN = [
  ['a tag left open', { 'pages/a/a.wxml': '<view><text>x</view>' }, /closes <text>/],
  ['a tag never ended', { 'pages/a/a.wxml': '<view><text' }, /never ends/],
  ['an attribute twice', { 'pages/a/a.wxml': '<view class="a" class="b" />' }, /class twice/],
  ['a handler that does not exist', { 'pages/a/a.wxml': '<view bind:tap="gone" />' }, /handler gone/],
  ['a component that is not registered', { 'pages/a/a.wxml': '<c />' }, /<c> is not registered/],
  ['a component registered and not used', { 'pages/a/a.json': '{"usingComponents":{"c":"/components/c/c"}}' }, /not used/],
  ['a component that does not exist', { 'pages/a/a.json': '{"usingComponents":{"d":"/components/d/d"}}', 'pages/a/a.wxml': '<d />' }, /is missing/],
  ['a picture that does not exist', { 'pages/a/a.wxml': '<image src="{{on ? \'/images/a.svg\' : \'\'}}" />' }, /images\/a.svg is missing/],
  ['a page that does not exist', { 'app.json': '{"pages":["pages/a/a","pages/b/b"],"tabBar":{"list":[]}}' }, /pages\/b\/b.js is missing/],
  ['a page that is not listed', { 'pages/b/b.js': '' }, /not in app.json/],
  ['a link to no page', { 'pages/a/a.wxml': '<navigator url="/pages/z/z" />' }, /is no page/],
  ['a loop without a key', { 'pages/a/a.wxml': '<view wx:for="{{rows}}" />' }, /no wx:key/],
  ['a text in a sheet that the keyboard would cover', { ...SHEET, 'pages/a/a.wxml': '<sheet><textarea cursor-spacing="{{9}}" /></sheet>' }, /needs fixed/],
  ['a text that touches the keyboard', { 'pages/a/a.wxml': '<textarea />' }, /<textarea> needs cursor-spacing/],
  ['a field in a sheet that touches the keyboard', { ...SHEET, 'pages/a/a.wxml': '<sheet><view><input /></view></sheet>' }, /<input> needs cursor-spacing/],
  ['a nickname outside of a form', { 'pages/a/a.wxml': '<input type="nickname" name="n" />' }, /read from a form/],
  ['an icon font', { 'pages/a/a.json': '{"usingComponents":{"t-cell":"tdesign-miniprogram/cell/cell"}}', 'pages/a/a.wxml': '<t-cell arrow />' }, /icon font/],
]
for (const [name, files, expected] of BROKEN) {
  test(`finds ${name}`, () => {
    const problems = check(files)
    assert.ok(problems.some((problem) => expected.test(problem)), problems.join('\n'))
  })
}

test('a bigger-than sign inside quotes ends no tag', () => {
  const { elements, problems } = readWxml('<view wx:if="{{a > 1}}" class=\'x\'><!-- <b> --><text>1 < 2</text></view>')
  assert.deepEqual(problems, [])
  assert.equal(elements[0].attributes['wx:if'], '{{a > 1}}')
})
