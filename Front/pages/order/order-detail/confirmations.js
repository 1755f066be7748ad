// The order page's method about confirming a served payment in WeChat.

const confirming = require('../../../services/confirming')
const dialogue = require('../../../services/dialogue')

const FAILED = 'fail'

const confirmationActs = {
  /** Opens WeChat's component; whatever comes of it there, the server asks WeChat, and the order is shown as it is. */
  confirmService(event) {
    const { index } = event.currentTarget.dataset
    const payment = this.data.confirmations[index]
    return this.send('confirmingService', async () => {
      const status = await confirming.open(payment)
      if (!status) {
        dialogue.say('您的微信打不开确认页面。不确认也没关系，过几天会自动确认。')
        return
      }
      if (this.gone) return
      const { confirmed, msg } = await confirming.tell(this.data.order.id)
      if (confirmed) dialogue.say(msg, 'success')
      else if (status === FAILED) dialogue.say('没有确认成功，可以稍后再试。不确认也没关系，过几天会自动确认。')
    })
  },
}

module.exports = { confirmationActs }
