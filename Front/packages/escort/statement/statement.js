const { definePage } = require('../../../pages/define-page')
const pay = require('../services/pay')
const dialogue = require('../../../services/dialogue')
const messages = require('../../../services/messages')
const { untilSettled } = require('../../../services/payment')
const receiving = require('../services/receiving')
const typed = require('../../../services/typed')
const { PAGE } = require('../../../services/states')

Page(definePage({
  data: { statement: null, lines: [], next: 0, adding: false, sending: false, asking: false, text: '', wrong: '', tooOld: false },

  load({ id }) {
    this.id = Number(id)
    return pay.statement(this.id).then((found) => ({ ...found, tooOld: !receiving.canReceive() }))
  },

  /** Back from WeChat, or from anywhere else: what became of the payment is asked, and shown. */
  onShow() {
    if (this.data.state === PAGE.CONTENT && this.data.statement.state === 'paying') this.look().catch(() => {})
  },

  /** Whether the payment has come to an end, after the page shows how far it is. */
  async look() {
    const paying = await pay.stillPaying(this.id)
    if (!this.gone) await this.refresh()
    return !paying
  },

  receive() {
    return this.sendOnce('sending', async () => {
      try {
        const said = await receiving.openReceipt(await pay.receive(this.id))
        if (said === 'failed') dialogue.say('没有打开微信收款页。请确认登录的是您自己的微信，再试一次')
        if (said === 'shown') untilSettled(this, () => this.look(), () => dialogue.say('微信还在处理，到账以后这里会显示'))
      } finally {
        await this.look().catch(() => this.refresh())
      }
    })
  },

  checkNow() {
    return this.sendOnce('sending', () => this.look())
  },

  async onReachBottom() {
    if (this.data.state !== PAGE.CONTENT || !this.data.next || this.data.adding) return
    this.setData({ adding: true })
    try {
      const { lines, next } = await pay.statement(this.id, this.data.next)
      if (!this.gone) this.setData({ lines: [...this.data.lines, ...lines], next })
    } catch (failure) {
      dialogue.say(failure.message)
    }
    if (!this.gone) this.setData({ adding: false })
  },

  /** Straight in the tap WeChat is asked whether it may tell that the money is on its way. */
  confirm() {
    const asked = messages.askAboutPay()
    return this.sendOnce('sending', async () => {
      await asked
      const { title, total } = this.data.statement
      if (!await dialogue.ask({ title: '确认结算单', content: `${title}，一共 ${total}。确认以后按这个数付款，不能再提疑问。`, confirmText: '确认', cancelText: '再看看' })) return
      try {
        await pay.confirm(this.id)
        dialogue.say('已确认', 'success')
      } finally {
        await this.refresh()
      }
    })
  },

  formName() {
    return `statement question ${this.id}`
  },

  openQuestion() {
    this.setData({ asking: true, wrong: '', ...typed.read(this.formName()) })
  },

  closeQuestion() {
    this.setData({ asking: false })
  },

  onText(event) {
    const text = event.detail.value
    this.setData({ text, wrong: '' })
    typed.keep(this.formName(), { text })
  },

  question() {
    const text = this.data.text.trim()
    if (!text) return this.setData({ wrong: '请写明哪里不对，例如：少了哪一天的哪一单' })
    return this.sendOnce('sending', async () => {
      await pay.question(this.id, text).catch((failure) => {
        if (failure.status === 409) this.refresh() // the office was quicker: what it did is shown
        throw failure
      })
      typed.forget(this.formName())
      this.setData({ asking: false, text: '' })
      dialogue.say('已告诉办公室')
      await this.refresh()
    })
  },
}))
