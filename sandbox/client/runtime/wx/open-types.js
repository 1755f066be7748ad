// What a tap on <button open-type="…"> does. Approximate: sharing and customer service only say what would happen; the code
// for a phone number is the sandbox's, which counts the tap.
import { openTypes } from '../elements/button.js'
import { callTop } from '../pages.js'
import { currentPerson, SANDBOX } from '../settings.js'
import { showModal } from './dialogs.js'
import { choosePictures } from './media.js'
import { permit } from './permissions.js'

/** Shows the card that the page on top would send. `from`: as in onShareAppMessage, {from: 'menu' | 'button', target}. */
export function showCard(from) {
  const card = callTop('onShareAppMessage', from) ?? {}
  return showModal({
    title: '转发给朋友',
    content: [card.title, card.path].filter(Boolean).join('\n') || '这个页面不能转发',
    showCancel: false,
    confirmText: '知道了',
  })
}

/** Why WeChat refuses an open-type, as its event tells it; null where it does not. */
async function refusal(name) {
  try {
    await permit(name)
    return null
  } catch ({ reason, fields }) {
    return { errMsg: `${name}:fail ${reason}`, ...fields }
  }
}

openTypes.chooseAvatar = async (_, fire) => {
  const refused = await refusal('chooseAvatar')
  if (refused) return fire('chooseavatar', refused)
  const [file] = await choosePictures('选择头像', 1)
  if (file) fire('chooseavatar', { avatarUrl: file.path })
}
openTypes.getPhoneNumber = async (_, fire) => {
  const refused = await refusal('getPhoneNumber')
  if (refused) return fire('getphonenumber', refused)
  const { confirm } = await showModal({
    title: '手机号快速验证',
    content: `申请获取 ${currentPerson().name} 的手机号`,
    cancelText: '不允许',
    confirmText: '允许',
  })
  fire('getphonenumber', confirm ? await phoneCode() : { errMsg: 'getPhoneNumber:fail user deny' })
}

/** The sandbox's code for the person's number, or why there is none: what the event carries. */
async function phoneCode() {
  try {
    const answer = await fetch(new URL('phone-codes/', SANDBOX), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ person: currentPerson().id }),
    })
    const body = await answer.json()
    if (body.code === 0) return { errMsg: 'getPhoneNumber:ok', code: body.phone_code }
    return { errMsg: `getPhoneNumber:fail ${body.msg}`, errno: Number(body.fields?.errno?.[0]) }
  } catch {
    return { errMsg: 'getPhoneNumber:fail network error' }
  }
}
openTypes.getUserInfo = (_, fire) =>
  fire('getuserinfo', { errMsg: 'getUserInfo:ok', userInfo: { nickName: '微信用户', avatarUrl: '' } })
openTypes.contact = () =>
  showModal({ title: '客服会话', content: '在微信里，这里会打开客服会话。', showCancel: false, confirmText: '知道了' })
openTypes.feedback = openTypes.contact
openTypes.openSetting = (_, fire) => fire('opensetting', { errMsg: 'openSetting:ok', authSetting: {} })
openTypes.agreePrivacyAuthorization = (_, fire) => fire('agreeprivacyauthorization', {})
openTypes.share = (button) => showCard({ from: 'button', target: button })
