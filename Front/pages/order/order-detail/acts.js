// The order page's methods about what can be done with the order now. Each is sent once at a time, and the order is then
// shown as it is.

const orders = require('../../../services/orders')
const members = require('../../../services/members')
const messages = require('../../../services/messages')
const visits = require('../../../services/visits')
const dialogue = require('../../../services/dialogue')
const typed = require('../../../services/typed')
const { REQUEST, ERROR } = require('../../../services/states')
const { go, openPage } = require('../../../utils/go')

const SHEET = { NONE: '', CANCEL: REQUEST.CANCEL, MONEY_BACK: REQUEST.MONEY_BACK, RATE: 'rate', MOVE: 'move', CONSENT: 'consent' }

const acts = {
  go,

  edit() {
    wx.redirectTo({ url: `/pages/order/order?id=${this.data.order.id}&edit=1` })
  },

  editDay() {
    wx.redirectTo({ url: `/pages/order/order?id=${this.data.order.id}&edit=1&at=2` })
  },

  async remove() {
    const sure = await dialogue.ask({ title: '删除订单', content: '删除后不能恢复，确定删除这笔还没付款的订单吗？', confirmText: '删除' })
    if (!sure) return
    await this.send('deleting', async () => {
      await orders.remove(this.data.order.id)
      dialogue.say('已删除', 'success')
      this.leave()
      return true
    })
  },

  /** From the report it is the visit that the doctor wants: its day comes along. */
  rebook(event) {
    const { day } = (event && event.detail) || {}
    openPage(`/pages/order/order?again=${this.data.order.id}${day ? `&day=${day}` : ''}`)
  },

  async hide() {
    const sure = await dialogue.ask({ title: '从列表移除', content: '移除后在“我的订单”里不再显示，不能恢复。确定移除吗？', confirmText: '移除' })
    if (!sure) return
    await this.send('hiding', async () => {
      await orders.hide(this.data.order.id)
      dialogue.say('已移除', 'success')
      this.leave()
      return true
    })
  },

  leave() {
    if (getCurrentPages().length > 1) wx.navigateBack()
    else this.openOrders()
  },

  openSheet(event) {
    const { sheet } = event.currentTarget.dataset
    this.setData({ sheet, request: sheet === SHEET.RATE ? this.data.request : sheet })
  },

  closeSheet() {
    this.setData({ sheet: SHEET.NONE })
  },

  sendRequest(event) {
    return this.send('sendingSheet', async () => {
      const { order, request } = this.data
      const { reason, amount } = event.detail
      try {
        const answer = await orders.request(order.id, request, reason, amount)
        typed.forget(`${request} ${order.id}`)
        this.closeSheet()
        dialogue.say(answer.msg || '申请已提交')
      } catch (failure) {
        if (failure.slug !== ERROR.REFUND_AMOUNT_CHANGED) throw failure
        dialogue.say('可退金额有变化，请看清新的金额后再提交。')
      }
    })
  },

  async withdraw() {
    const sure = await dialogue.ask({ title: '撤回申请', content: '撤回后订单回到原来的状态，服务照常。确定撤回吗？', confirmText: '撤回' })
    if (!sure) return
    await this.send('withdrawing', async () => {
      const answer = await orders.withdraw(this.data.order.id)
      dialogue.say(answer.msg || '申请已撤回')
    })
  },

  sendRating(event) {
    return this.send('sendingSheet', async () => {
      const { stars, comment, tags } = event.detail
      const answer = await orders.rate(this.data.order.id, stars, comment, tags)
      typed.forget(`rate ${this.data.order.id}`)
      this.closeSheet()
      dialogue.say(answer.msg || '谢谢评价')
    })
  },

  openMove() {
    this.setData({ sheet: SHEET.MOVE })
  },

  sendMove(event) {
    return this.send('sendingSheet', async () => {
      const { order } = this.data
      const { msg, moved } = await visits.move(order, event.detail)
      typed.forget(`move ${order.id}`)
      this.closeSheet()
      dialogue.say(msg || (moved ? '已改期' : '申请已提交，客服会尽快答复'))
    })
  },

  async withdrawMove() {
    const sure = await dialogue.ask({ title: '撤回改期申请', content: '撤回后时间不变，照原来的安排。确定撤回吗？', confirmText: '撤回' })
    if (!sure) return
    await this.send('withdrawing', async () => {
      await visits.withdrawMove(this.data.order.id)
      dialogue.say('改期申请已撤回')
    })
  },

  /** 我会准时到. */
  confirmVisit() {
    return this.send('promising', async () => {
      if (this.data.pays) await messages.askAboutSupplements()
      await visits.confirm(this.data.order.id)
      dialogue.say('好的，到时候见', 'success')
    })
  },

  /** The story has read whether the consent is to be asked for: once on this page, and not over another sheet. */
  onConsent(event) {
    const consent = event.detail
    this.setData({ consent })
    if (!consent || !consent.askNow || this.askedConsent || this.data.sheet || this.data.thanks || this.data.confirming) return
    this.askedConsent = true
    this.setData({ sheet: SHEET.CONSENT })
  },

  openConsent() {
    this.setData({ sheet: SHEET.CONSENT })
  },

  async sendConsent(event) {
    const { agree, erase } = event.detail
    if (erase) {
      const sure = await dialogue.ask({ title: '删除已有的记录', content: '已写下的文字、照片和报告马上删除，家人也看不到了，不能恢复。确定删除吗？', confirmText: '删除' })
      if (!sure) return
    }
    await this.send('sendingSheet', async () => {
      await visits.consent(this.data.consent.version, agree, erase)
      this.closeSheet()
      dialogue.say(agree ? '已同意' : (erase ? '已删除，以后不再记录' : '好的，只显示每一步的时间'))
      const story = this.selectComponent('#story')
      if (story) story.look()
    })
  },

  /** The card that the page sends next: pages/order/order.js. */
  onCard(event) {
    this.card = event.detail
  },

  async leaveShared() {
    const sure = await dialogue.ask({ title: '不再看这一单', content: '您将看不到进展和报告，要看需要重新邀请。确定吗？', confirmText: '不再看' })
    if (!sure) return
    await this.send('hiding', async () => {
      await members.leave(this.data.order.id)
      this.leave()
      return true
    })
  },
}

module.exports = { acts, SHEET }
