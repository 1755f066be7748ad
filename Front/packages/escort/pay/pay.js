const { definePage } = require('../../../pages/define-page')
const pay = require('../services/pay')
const dialogue = require('../../../services/dialogue')
const messages = require('../../../services/messages')
const { go } = require('../../../utils/go')
const { PAGE } = require('../../../services/states')

Page(definePage({
  data: { open: null, held: null, rows: [], next: 0, adding: false, tellable: false },

  async load() {
    const found = await pay.overview()
    const empty = !found.rows.length && !found.open.count && !found.held.count
    return { ...found, empty, tellable: messages.canTellPay() }
  },

  onShow() {
    if (this.data.state === PAGE.CONTENT) this.refresh() // a statement may just have been confirmed
  },

  async onReachBottom() {
    if (this.data.state !== PAGE.CONTENT || !this.data.next || this.data.adding) return
    this.setData({ adding: true })
    try {
      const { rows, next } = await pay.earlier(this.data.next)
      if (!this.gone) this.setData({ rows: [...this.data.rows, ...rows], next })
    } catch (failure) {
      dialogue.say(failure.message)
    }
    if (!this.gone) this.setData({ adding: false })
  },

  askToTell() {
    messages.askAboutPay().then((yes) => { if (yes) dialogue.say('好的，有新的结算单会通知您') })
  },

  go,
}))
