const visits = require('../../../services/visits')
const photos = require('../../../services/photos')
const dialogue = require('../../../services/dialogue')
const typed = require('../../../services/typed')
const { newActionId } = require('../../../utils/action-id')
const { sendOnce } = require('../../../utils/send-once')
const { presentVisit } = require('./presentation')

/** While the page is looked at, the visit is asked for so often; an unchanged one costs no body. */
const EVERY_MS = 15000

/**
 * What happens at the hospital, as it happens: steps with notes and photos, then the report with its questions. Tells
 * `change` when the stage is another one, and `consent` with {version, askNow} when it has to be asked for.
 */
Component({
  properties: {
    orderId: null,
    /** Is the page looked at? In the background nothing is asked. */
    active: Boolean,
    owner: Boolean,
  },

  data: { steps: [], troubles: [], report: null, entries: [], consent: null, failure: '', asking: false, question: '', wrong: '', sending: false, confirming: false },

  observers: {
    active(active) {
      if (active) this.start()
      else this.stop()
    },
  },

  lifetimes: {
    detached() {
      this.gone = true
      this.stop()
    },
  },

  methods: {
    start() {
      this.stop()
      this.look()
      this.timer = setInterval(() => this.look(), EVERY_MS)
    },

    stop() {
      clearInterval(this.timer)
    },

    /** What is known stays on the screen when an answer does not come; the next one may. */
    async look() {
      const { orderId } = this.data
      if (!orderId) return
      const turn = (this.turn = (this.turn || 0) + 1)
      const late = () => this.gone || turn !== this.turn
      try {
        const { visit, etag } = await visits.look(orderId, this.etag)
        if (late()) return
        this.etag = etag
        if (visit) await this.show(visit, late)
        else if (this.data.failure) this.setData({ failure: '' })
      } catch (failure) {
        if (!late()) this.setData({ failure: failure.message })
      }
    },

    async show(visit, late) {
      const shown = presentVisit(visit, Date.now())
      if (this.stage && this.stage !== visit.stage) this.triggerEvent('change')
      this.stage = visit.stage
      this.setData({ ...shown, failure: '' })
      this.triggerEvent('consent', visit.consent)
      const steps = await Promise.all(shown.steps.map(async (step) => ({ ...step, files: await photos.files(step.photos) })))
      const report = shown.report && { ...shown.report, files: await photos.files(shown.report.photos) }
      if (!late()) this.setData({ steps, report })
    },

    retry() {
      this.look()
    },

    enlarge(event) {
      const { file, files } = event.currentTarget.dataset
      wx.previewImage({ current: file, urls: files, fail() {} })
    },

    openQuestion() {
      const { orderId } = this.data
      this.setData({ asking: true, question: typed.read(`ask ${orderId}`) || '', wrong: '' })
    },

    closeQuestion() {
      this.setData({ asking: false })
    },

    onQuestion(event) {
      this.setData({ question: event.detail.value, wrong: '' })
      typed.keep(`ask ${this.data.orderId}`, event.detail.value)
    },

    sendQuestion() {
      const { orderId } = this.data
      const text = this.data.question.trim()
      if (!text) return this.setData({ wrong: '请写下您的问题' })
      if (this.asked !== text) Object.assign(this, { asked: text, actionId: newActionId() }) // the same again is the same question
      return sendOnce(this, 'sending', async () => {
        const answer = await visits.ask(orderId, text, this.actionId)
        typed.forget(`ask ${orderId}`)
        this.asked = ''
        this.setData({ asking: false, question: '' })
        dialogue.say(answer.msg || '已发送，答复会显示在这里')
        await this.look()
      })
    },

    confirmReport() {
      return sendOnce(this, 'confirming', async () => {
        await visits.confirmReport(this.data.orderId)
        dialogue.say('已确认', 'success')
        await this.look()
      })
    },

    rebook() {
      this.triggerEvent('rebook', { day: this.data.report.nextVisit.day })
    },

    changeConsent() {
      this.triggerEvent('changeconsent')
    },
  },
})
