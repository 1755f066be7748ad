const { definePage } = require('../define-page')
const profile = require('../../services/profile')
const typed = require('../../services/typed')
const dialogue = require('../../services/dialogue')

const FORM = 'nickname'
const NICKNAME_LIMIT = 63

/** What stands below what others do not see (yet). */
const noteOf = (what, state) => ({ pending: `新${what}审核中，通过后别人才看得到`, rejected: `上次的${what}没有通过审核，请换一个` })[state] || ''

Page(definePage({
  data: { avatar: '', avatarPath: '', avatarNote: '', nickname: '', nicknameNote: '', wrong: '', limit: NICKNAME_LIMIT, uploading: false, saving: false },

  async load() {
    const { user } = await profile.me()
    return {
      avatar: user.avatar,
      avatarPath: user.avatarPath,
      avatarNote: noteOf('头像', user.avatarState),
      nickname: typed.read(FORM) || user.nickname || '',
      nicknameNote: noteOf('昵称', user.nicknameState),
    }
  },

  /** The picture goes to the server at once: the path that WeChat gives lives on this phone only. */
  onChooseAvatar(event) {
    const { avatarUrl } = event.detail
    if (!avatarUrl) return dialogue.say('没有换头像，原来的还在，昵称可以照常修改')
    return this.sendOnce('uploading', async () => {
      const avatarPath = await profile.uploadAvatar(avatarUrl)
      const { user } = await profile.me()
      this.setData({ avatarPath, avatar: user.avatar, avatarNote: noteOf('头像', user.avatarState) })
      if (user.avatarState === 'pending') dialogue.say('头像已提交，审核后别人才看得到')
      else dialogue.say('头像已更新', 'success')
    })
  },

  onType(event) {
    typed.keep(FORM, event.detail.value)
    if (this.data.wrong) this.setData({ wrong: '' })
  },

  /** The form knows what stands in the field: a nickname that WeChat fills in, or takes out again, fires no input. */
  save(event) {
    const nickname = String(event.detail.value.nickname || '').trim()
    if (!nickname) return this.setData({ wrong: '请填写昵称' })
    return this.sendOnce('saving', async () => {
      let answer
      try {
        answer = await profile.setNickname(nickname, this.data.avatarPath)
      } catch (failure) {
        if (!failure.about('nickname')) throw failure
        return this.setData({ wrong: failure.about('nickname') })
      }
      typed.forget(FORM)
      if (answer.msg) dialogue.say(answer.msg)
      else dialogue.say('已保存', 'success')
      setTimeout(() => wx.navigateBack({ fail: () => wx.switchTab({ url: '/pages/me/me' }) }), 800)
    })
  },
}))
