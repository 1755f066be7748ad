const { definePage } = require('../define-page')
const claims = require('../../services/claims')
const dialogue = require('../../services/dialogue')
const { readableDay, readableMoment } = require('../../utils/dates')

const CODE_LENGTH = 10
const NOT_FOUND = 404
const WRONG_CODE = '这个认领码无效：可能输错了，或已被使用、过期。请核对，或打电话给客服'

/** What was typed without what only groups it. */
const plain = (code) => String(code).replace(/[\s-]/g, '').toUpperCase()

/** ?token= or ?code=: what the office gave to an order by phone, in a link or printed; without either the code is typed. */
Page(definePage({
  data: { order: null, day: '', until: '', code: '', wrong: '', looking: false, claiming: false },

  async load({ token, code }) {
    if (!token && !code) return { order: null }
    this.secret = token ? { token } : { code: plain(code) }
    try {
      return this.told(await claims.look(this.secret))
    } catch (failure) {
      if (failure.status === NOT_FOUND || failure.status === 400) return { empty: true }
      throw failure
    }
  },

  told(order) {
    return { order, day: [readableDay(order.wantTime, Date.now()), order.visitTime || '时间待确认'].join(' '), until: readableMoment(order.expiresTime, Date.now()) }
  },

  onType(event) {
    this.setData({ code: event.detail.value, wrong: '' })
  },

  find() {
    const code = plain(this.data.code)
    if (code.length !== CODE_LENGTH) return this.setData({ wrong: `认领码是 ${CODE_LENGTH} 位字母和数字，请再看一下` })
    return this.sendOnce('looking', async () => {
      this.secret = { code }
      try {
        this.setData(this.told(await claims.look(this.secret)))
      } catch (failure) {
        if (failure.status !== NOT_FOUND) throw failure
        this.setData({ wrong: WRONG_CODE })
      }
    })
  },

  claim() {
    return this.sendOnce('claiming', async () => {
      const { orderId } = await claims.claim(this.secret).catch((failure) => {
        if (failure.status === NOT_FOUND) this.take({ empty: true }) // used or revoked while it was looked at
        throw failure
      })
      dialogue.say('认领成功', 'success')
      this.go(orderId)
    })
  },

  openOrder() {
    this.go(this.data.order.orderId)
  },

  /** In the place of this page: on the way back it has done its work. */
  go(orderId) {
    wx.redirectTo({ url: `/pages/order/order?id=${orderId}` })
  },

  /** A link that is void: the code may still be at hand. */
  typeCode() {
    this.query = {}
    this.reload()
  },
}))
