const desk = require('../../services/desk')
const { newActionId } = require('../../services/outgoing')
const dialogue = require('../../../../services/dialogue')
const messages = require('../../../../services/messages')
const pictures = require('../../../../services/pictures')
const typed = require('../../../../services/typed')
const { toFen, fromFen } = require('../../../../utils/money')
const { sendOnce } = require('../../../../utils/send-once')

const OUTLAY = 'outlay'
const KINDS = [{ kind: 'overtime', title: '加时' }, { kind: OUTLAY, title: '代付' }, { kind: 'other', title: '其他' }]
const EMPTY = { kind: '', sum: '', reason: '', photo: '', actionId: '', sentAs: '', arrived: false }

/** Is the failure one after which it is not known whether the server has it? */
const unknown = ({ status }) => !status || status >= 500

/**
 * What an escort asks the family to pay besides. The same action is sent again after a lost answer: the server takes it
 * once. It needs the network: money is not asked for behind an escort's back. Sends `done`.
 */
Component({
  properties: {
    visible: Boolean,
    orderId: null,
    /** '￥2000': a supplement is at most so much. */
    most: String,
  },

  data: { ...EMPTY, kinds: KINDS, wrong: '', sending: false },

  observers: {
    visible(visible) {
      if (visible) this.setData({ ...EMPTY, ...typed.read(this.form()), wrong: '' })
    },
  },

  lifetimes: {
    detached() {
      this.gone = true
    },
  },

  methods: {
    form() {
      return `supplement ${this.data.orderId}`
    },

    /** Leaving the page by accident loses nothing: services/typed.js. */
    change(changes) {
      this.setData({ ...changes, wrong: '' })
      const { kind, sum, reason, photo, actionId, sentAs, arrived } = this.data
      typed.keep(this.form(), { kind, sum, reason, photo, actionId, sentAs, arrived })
    },

    chooseKind(event) {
      this.change({ kind: event.currentTarget.dataset.kind })
    },

    onSum(event) {
      this.change({ sum: event.detail.value })
    },

    onReason(event) {
      this.change({ reason: event.detail.value })
    },

    async choosePhoto() {
      const [photo] = await pictures.choose(1, '代付的小票请留好，可以打电话请办公室代您记这笔补款')
      if (photo) this.change({ photo })
    },

    close() {
      if (!this.data.sending) this.triggerEvent('close')
    },

    /** What is missing, in a sentence; '' when nothing is. */
    complaint() {
      const { kind, sum, reason, photo, most } = this.data
      const fen = toFen(sum)
      if (!kind) return '请选是什么：加时、代付还是其他'
      if (!(fen > 0)) return '请填写多少钱，例如 38.50'
      if (fen > toFen(most)) return `一笔补款最多 ${most}`
      if (!reason.trim()) return '请写一下为什么，家属会看到'
      if (kind === OUTLAY && !photo) return '代付请拍小票'
      return ''
    },

    send() {
      const wrong = this.complaint()
      if (wrong) return this.setData({ wrong })
      this.asked = this.asked || messages.askAboutSupplements() // straight in the tap
      return sendOnce(this, 'sending', async () => {
        await this.asked
        try {
          await this.deliver()
        } catch (failure) {
          if (!this.gone) this.setData({ wrong: this.data.arrived ? `申请已提交，照片还没有传上去：${failure.message}` : failure.message })
        }
      })
    },

    /** The proposal first, then the photo of its receipt: each is taken once. */
    async deliver() {
      const { kind, reason, sum, photo, orderId } = this.data
      const fields = { kind, amount: fromFen(toFen(sum)), reason: reason.trim() }
      if (!(await this.settleEarlier(JSON.stringify(fields)))) return
      const { actionId } = this.data
      if (!this.data.arrived) {
        await desk.proposeSupplement(orderId, actionId, fields).catch((failure) => {
          if (!unknown(failure)) this.change({ actionId: '', sentAs: '' })
          throw failure
        })
        this.change({ arrived: true })
      }
      if (photo) await desk.uploadReceipt(orderId, actionId, photo)
      typed.forget(this.form())
      if (this.gone) return
      this.triggerEvent('done')
      dialogue.say('已提交，办公室核对后请家属支付')
    },

    /** Before something else is asked for than was sent without an answer: did that arrive? False: not to be sent. */
    async settleEarlier(content) {
      const { actionId, sentAs, orderId } = this.data
      if (actionId && sentAs === content) return true
      if (actionId) {
        const known = (await desk.job(orderId)).supplements.find((one) => one.actionId === actionId)
        if (known && !(await dialogue.ask({ title: '已经有一笔', content: `刚才的申请（${known.amount}）已经收到。还要另外再申请一笔吗？`, confirmText: '再申请', cancelText: '不用了' }))) {
          typed.forget(this.form())
          this.triggerEvent('done')
          return false
        }
      }
      this.change({ actionId: newActionId(), sentAs: content, arrived: false })
      return true
    },
  },
})
