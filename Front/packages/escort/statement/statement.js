const { definePage } = require('../../../pages/define-page')
const pay = require('../services/pay')
const dialogue = require('../../../services/dialogue')
const messages = require('../../../services/messages')
const typed = require('../../../services/typed')
const { PAGE } = require('../../../services/states')

Page(definePage({
  data: { statement: null, lines: [], next: 0, adding: false, sending: false, asking: false, text: '', wrong: '' },

  load({ id }) {
    this.id = Number(id)
    return pay.statement(this.id)
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
