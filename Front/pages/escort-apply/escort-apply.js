const { definePage } = require('../define-page')
const escort = require('../../services/escort')
const messages = require('../../services/messages')
const dialogue = require('../../services/dialogue')
const { ESCORT } = require('../../services/states')
const typed = require('../../services/typed')
const { openPage } = require('../../utils/go')
const { phoneProblem, readPhone } = require('../../utils/phone')

const FORM = 'escort'
const MAX_NAME = 64

const NEXT_STEP = {
  [ESCORT.PENDING]: '我们会打电话给您，请保持电话畅通。',
  [ESCORT.APPROVED]: '您已经是我们的陪诊员。邀请、今天的陪诊和报告都在工作台里。',
  [ESCORT.REJECTED]: '这次没有通过。情况有变化时可以重新申请。',
  [ESCORT.SUSPENDED]: '暂时不安排订单，有疑问请联系客服。',
}

const AGAIN = { heading: '重新申请', button: '重新提交' }
/** Who waits, or was approved, has nothing to apply for: only a name or a phone may be wrong by now. */
const CORRECTED = { heading: '姓名或电话要改？', button: '改好再提交' }
const FORMS = { [ESCORT.PENDING]: CORRECTED, [ESCORT.APPROVED]: CORRECTED }

Page(definePage({
  data: { mine: null, works: false, form: { heading: '我要申请', button: '提交申请' }, tellable: false, nextStep: '', name: '', phone: '', wrong: {}, sending: false },

  onLoad() {
    this.setData(typed.read(FORM) || {})
  },

  async load() {
    const mine = await escort.mine()
    const tellable = !!mine && mine.status === ESCORT.APPROVED && messages.canTellEscort()
    if (!mine) return { mine }
    const works = mine.status === ESCORT.APPROVED || !!mine.approvedName
    return { mine, works, form: FORMS[mine.status] || AGAIN, tellable, nextStep: NEXT_STEP[mine.status] || '' }
  },

  /** WeChat asks only straight in a tap: nothing may be waited for before. */
  askToTell() {
    messages.askEscort().then((yes) => {
      if (yes) dialogue.say('好的，下一次取消会通知您', 'success')
    })
  },

  openDesk() {
    openPage('/packages/escort/workbench/workbench')
  },

  onType(event) {
    const { name } = event.currentTarget.dataset
    this.setData({ [name]: event.detail.value, wrong: { ...this.data.wrong, [name]: '' } })
    typed.keep(FORM, { name: this.data.name, phone: this.data.phone })
  },

  complaints() {
    const length = this.data.name.trim().length
    return {
      name: length < 2 || length > MAX_NAME ? '请填写您的真实姓名' : '',
      phone: phoneProblem(this.data.phone),
    }
  },

  async apply() {
    const wrong = this.complaints()
    this.setData({ wrong })
    if (wrong.name || wrong.phone) return
    if (this.data.mine) {
      const sure = await dialogue.ask({ title: this.data.form.heading, content: '新的姓名和电话会代替原来的，并重新审核。确定吗？' })
      if (!sure) return
    }
    await this.sendOnce('sending', async () => {
      try {
        await escort.apply(this.data.name.trim(), readPhone(this.data.phone))
      } catch (failure) {
        if (!failure.about('name') && !failure.about('phone')) throw failure
        return this.setData({ wrong: { name: failure.about('name'), phone: failure.about('phone') } })
      }
      typed.forget(FORM)
      this.setData({ name: '', phone: '' })
      dialogue.say('已提交', 'success')
      await this.refresh()
    })
  },
}))
