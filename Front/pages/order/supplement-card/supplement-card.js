const photos = require('../../../services/photos')
const dialogue = require('../../../services/dialogue')
const { sendOnce } = require('../../../utils/send-once')
const { readableMoment } = require('../../../utils/dates')
const { SUPPLEMENT } = require('../../../services/supplements')

/** What a state means to who pays. */
const SAID = {
  [SUPPLEMENT.OPEN]: '核对清楚再支付；有疑问先告诉我们，客服会处理。',
  [SUPPLEMENT.DISPUTED]: '客服收到了您的疑问，会尽快联系，处理好之前不用支付。',
  [SUPPLEMENT.WITHDRAWN]: '已经撤回，不用支付。',
}
const WARM = [SUPPLEMENT.OPEN, SUPPLEMENT.DISPUTED]

function present(item) {
  const may = (action) => item.actions.includes(action)
  return {
    ...item,
    said: SAID[item.state] || '',
    warm: WARM.includes(item.state),
    paidWhen: item.paidTime ? readableMoment(item.paidTime, Date.now()) : '',
    can: { pay: may('pay'), dispute: may('dispute'), refund: may('refund'), withdraw: may('withdraw_refund') },
  }
}

/**
 * The supplements of an order. Who pays reads what and why, sees the receipt, and sends `pay`, `dispute`, `refund` and
 * `withdraw` with {id}; family is told that there is one, and nothing of money.
 */
Component({
  properties: {
    supplements: Array,
    /** Reads the caller amounts? */
    pays: Boolean,
    /** Id of the one whose payment runs; 0: none. */
    paying: Number,
    /** Id of the one that WeChat says is paid, while the server is asked. */
    confirming: Number,
  },

  data: { rows: [], opening: false },

  observers: {
    supplements(found) {
      this.setData({ rows: (found || []).map(present) })
    },
  },

  lifetimes: {
    detached() {
      this.gone = true
    },
  },

  methods: {
    tell(event) {
      const { act, id } = event.currentTarget.dataset
      this.triggerEvent(act, { id })
    },

    showReceipt(event) {
      const { receipt } = event.currentTarget.dataset
      return sendOnce(this, 'opening', async () => {
        const path = await photos.file(receipt)
        if (path) wx.previewImage({ urls: [path], current: path })
        else dialogue.say('照片没有加载出来，请检查网络后再试')
      })
    },
  },
})
