// What the person, or the console, refuses: the calls that WeChat guards (用户隐私保护指引). The panel, or ?refuse=, chooses.
import { layer, make } from '../dom.js'
import { program } from '../modules.js'
import { consent, GUARDED, permissionChoice, setConsent } from '../settings.js'
import { Failure } from './convention.js'

/** WeChat shows its dialog again only so long after a refusal. */
const SILENT_MS = 10_000

const FAILURES = {
  undeclared: ['api scope is not declared in the privacy agreement', 112],
  disagree: ['privacy permission is not authorized', 104],
  deny: ['auth deny', 103],
}
const failure = (choice) => new Failure(FAILURES[choice][0], { errno: FAILURES[choice][1] })

let refusedAt = -SILENT_MS

/** WeChat's own dialog about the privacy guide; resolves to whether the person agrees. */
function askForConsent() {
  return new Promise((resolve) => {
    const answer = (agreed) => () => {
      box.remove()
      resolve(agreed)
    }
    const box = layer(
      'mp-privacy',
      make(
        'div.mp-sheet',
        { role: 'dialog', 'aria-label': '用户隐私保护提示' },
        make('p.mp-sheet-title', { text: '用户隐私保护提示' }),
        make('p.mp-sheet-note', {
          text: `${program.app.window?.navigationBarTitleText ?? '小程序'} 将按《小程序隐私保护指引》处理您的信息。`,
        }),
        make(
          'div.mp-sheet-buttons',
          {},
          make('button.cancel', { type: 'button', text: '拒绝', onclick: answer(false) }),
          make('button.ok', { type: 'button', text: '同意', onclick: answer(true) }),
        ),
      ),
    )
  })
}

async function agree() {
  if (consent()) return
  if (performance.now() - refusedAt < SILENT_MS) throw failure('disagree')
  if (await askForConsent()) return setConsent()
  refusedAt = performance.now()
  throw failure('disagree')
}

/** May this be done? Throws the Failure that WeChat gives where it may not. */
export async function permit(name) {
  const choice = permissionChoice(name)
  if (choice === 'ask') await agree()
  else if (choice !== 'allow') throw failure(choice)
}

/** An implementation of a wx function behind what WeChat asks first. */
export const guarded = (name, run) =>
  name in GUARDED
    ? async (options) => {
        await permit(name)
        return run(options)
      }
    : run

const SCOPES = { 'scope.userLocation': 'getLocation', 'scope.writePhotosAlbum': 'saveImageToPhotosAlbum' }

/** As in wx.getSetting: what was refused stands there as false. */
export const authSetting = () =>
  Object.fromEntries(
    Object.entries(SCOPES)
      .filter(([, name]) => permissionChoice(name) === 'deny')
      .map(([scope]) => [scope, false]),
  )

const asks = () => Object.keys(GUARDED).some((name) => permissionChoice(name) === 'ask')

export const asynchronous = {
  requirePrivacyAuthorize: () => (asks() ? agree() : {}),
  getPrivacySetting: () => ({ needAuthorization: asks() && !consent(), privacyContractName: '《小程序隐私保护指引》' }),
  openPrivacyContract: () => ({}),
}
