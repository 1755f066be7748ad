// Who uses the phone, and what they allow: login, profile, privacy, subscribe messages.
import { layer, make, SIGNS } from '../dom.js'
import { tell } from '../hook.js'
import { program } from '../modules.js'
import { currentPerson, SANDBOX } from '../settings.js'
import { Failure } from './convention.js'
import { authSetting } from './permissions.js'

// Titles of the sandbox's own templates; WeChat shows the title that a template was registered with.
const TITLES = {
  paid: '支付成功通知',
  escort: '陪诊员安排通知',
  refund: '退款结果通知',
  moved: '预约变更通知',
  reminder: '就诊提醒',
  started: '服务开始通知',
  report: '报告完成通知',
  invitation: '派单通知',
  cancelled: '服务取消通知',
}
const titleOf = (id) => TITLES[/^sandbox-template-(\w+)$/.exec(id)?.[1]] ?? id

const random = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, '0')).join('')

/** Tells the sandbox, which counts as WeChat does: each "accept" permits one message. Without an answer it counts none. */
const permit = (answers) =>
  fetch(new URL('permissions/', SANDBOX), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ person: currentPerson().id, answers }),
  }).catch(() => undefined)

/** Asks which of the templates may be sent; resolves to {id: 'accept' | 'reject'}. */
function askForMessages(ids) {
  return new Promise((resolve) => {
    const answer = (value) => () => {
      box.remove()
      const result = Object.fromEntries(ids.map((id) => [id, value]))
      tell('subscription', result)
      permit(result).finally(() => resolve(result))
    }
    const box = layer(
      'mp-subscribe',
      make(
        'div.mp-sheet',
        { role: 'dialog', 'aria-label': '订阅消息' },
        make(
          'p.mp-sheet-head',
          { html: SIGNS.bell },
          make('span', { text: `${program.app.window?.navigationBarTitleText ?? '小程序'} 申请发送通知` }),
        ),
        make('p.mp-sheet-note', { text: `在服务通知里发送一次下列 ${ids.length} 类消息` }),
        make('ul.mp-templates', {}, ...ids.map((id) => make('li', { text: titleOf(id) }))),
        make(
          'div.mp-sheet-buttons',
          {},
          make('button.cancel', { type: 'button', text: '取消', onclick: answer('reject') }),
          make('button.ok', { type: 'button', text: '允许', onclick: answer('accept') }),
        ),
      ),
    )
  })
}

export const asynchronous = {
  // The sandbox's login endpoint takes the person from the code. Like WeChat's, a code works once.
  login: () => ({ code: `as:${currentPerson().id}:${random()}` }),
  checkSession: () => ({}),
  getUserProfile: () => ({ userInfo: { nickName: '微信用户', avatarUrl: '', gender: 0, language: 'zh_CN' } }),
  getUserInfo: () => ({ userInfo: { nickName: '微信用户', avatarUrl: '' } }),
  getSetting: () => ({ authSetting: authSetting(), subscriptionsSetting: { mainSwitch: true, itemSettings: {} } }),
  openSetting: () => ({ authSetting: authSetting() }),
  authorize: () => ({}),
  async requestSubscribeMessage({ tmplIds }) {
    if (!Array.isArray(tmplIds) || tmplIds.length === 0) throw new Failure("TmplIds can't be empty", { errCode: 10001 })
    if (tmplIds.length > 3) throw new Failure('Templates count out of max bounds', { errCode: 20003 })
    return askForMessages(tmplIds)
  },
}
