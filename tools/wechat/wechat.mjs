// WeChat's own compiler (Tencent's miniprogram-ci) over Front/: what WeChat packs, not what we think it packs.
//   node wechat.mjs compile                    without any network; exits with 1 when something is missing or too large
//   node wechat.mjs upload --key FILE --version 1.2.3 [--desc TEXT] [--robot 1]
// Like 构建 npm in WeChat DevTools it writes Front/miniprogram_npm/.
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import net from 'node:net'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { LIMIT_BYTES, problemsOf, summaryOf } from './package-check.mjs'

const front = fileURLToPath(new URL('../../Front', import.meta.url))
const PLACEHOLDER = 'touristappid'
const COMPILE_SECONDS = 300

/** Whatever the compiler would ask WeChat's servers is answered here: a connection is an error, not a wait. */
function forbidNetwork() {
  net.Socket.prototype.connect = () => {
    throw new Error('this command works without any network')
  }
}

/** The project, with its attributes (limits) and the list of file types as WeChat's servers would answer. */
function openProject(ci, require, options) {
  const project = new ci.Project({ type: 'miniProgram', projectPath: front, ignores: ['node_modules/**/*'], ...options })
  if (!options.privateKeyPath) {
    project.attr = async () => structuredClone(ci.DefaultProjectAttr)
    const types = require('miniprogram-ci/dist/utils/white_ext_list.js')
    types.getWhiteExtList = async () => ({
      GameWhiteList: new Set(types.GameWhiteList),
      MiniProgramWhiteList: new Set(types.MiniProgramWhiteList),
    })
  }
  return project
}

async function compile(ci, project) {
  rmSync(path.join(front, 'miniprogram_npm'), { recursive: true, force: true })
  const warnings = await ci.packNpm(project)
  project.updateFileAndDirs() // the packages that were just written
  for (const warning of warnings) console.warn(`npm: ${warning.msg}`)
  return ci.getCompiledResult({ project, version: '0.0.0', desc: '', setting: { useProjectConfig: true }, threads: 2 })
}

function given() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { key: { type: 'string' }, version: { type: 'string' }, desc: { type: 'string' }, robot: { type: 'string' } },
  })
  const config = JSON.parse(readFileSync(path.join(front, 'project.config.json'), 'utf8'))
  return { command: positionals[0], appid: config.appid, ...values }
}

/** Why this cannot be uploaded; empty when it can. */
function uploadProblem({ appid, key, version, robot }) {
  if (appid === PLACEHOLDER) return 'Front/project.config.json: "appid" is still WeChat\'s placeholder'
  if (!key || !existsSync(key)) return '--key: expected the upload key of the mini-program (mp.weixin.qq.com, 开发设置, 小程序代码上传)'
  if (!/^\d+\.\d+\.\d+$/.test(version || '')) return '--version: expected three numbers such as 1.2.3'
  if (robot && !(Number(robot) >= 1 && Number(robot) <= 30)) return '--robot: expected a number from 1 to 30'
  return ''
}

async function main() {
  const wanted = given()
  const uploading = wanted.command === 'upload'
  if (!uploading && wanted.command !== 'compile') throw new Error('usage: node wechat.mjs compile | upload')
  const problem = uploading && uploadProblem(wanted)
  if (problem) throw new Error(problem)
  if (!uploading) forbidNetwork()
  const require = createRequire(import.meta.url)
  const ci = require('miniprogram-ci')
  const key = uploading ? { privateKeyPath: path.resolve(wanted.key) } : { privateKey: 'none is needed to compile' }
  const project = openProject(ci, require, { appid: wanted.appid, ...key })
  const began = Date.now()
  const files = await compile(ci, project)
  const app = JSON.parse(readFileSync(path.join(front, 'app.json'), 'utf8'))
  const problems = problemsOf(files, app)
  console.log(summaryOf(files, LIMIT_BYTES, Date.now() - began))
  if (problems.length) throw new Error(problems.join('\n'))
  if (!uploading) return
  const { version, desc = `version ${wanted.version}`, robot = '1' } = wanted
  await ci.upload({ project, version, desc, robot: Number(robot), setting: { useProjectConfig: true }, threads: 2 })
  console.log(`uploaded ${version}: choose it in mp.weixin.qq.com, 版本管理`)
}

const late = setTimeout(() => {
  console.error(`not done after ${COMPILE_SECONDS} s`)
  process.exit(1)
}, COMPILE_SECONDS * 1000)

try {
  await main()
  process.exitCode = 0
} catch (error) {
  console.error(error.message || error)
  process.exitCode = 1
}
clearTimeout(late)
process.exit() // the compiler leaves its own processes waiting for more work
