const { definePage } = require('../../../pages/define-page')
const desk = require('../services/desk')
const outgoing = require('../services/outgoing')
const { dayAndTime, hourOf, timeLeft } = require('../services/words')
const dialogue = require('../../../services/dialogue')
const messages = require('../../../services/messages')
const { openPage, go } = require('../../../utils/go')
const { PAGE } = require('../../../services/states')

/** An escort who waits for an order looks at this page: it is asked again this often while it is open. */
const LOOK_EVERY_MS = 15000

Page(definePage({
  data: {
    name: '', next: null, later: [], invitations: [], questions: [], reports: [], ratings: null, documentsWarning: '', statementsToCheck: 0, unsent: 0, refusedJob: 0, tellable: false,
    answering: false, declined: null, reason: '', refused: '',
  },

  async load() {
    try {
      this.found = await desk.workbench()
    } catch (failure) {
      if (failure.status !== 403) throw failure
      return { empty: true, refused: failure.message } // suspended meanwhile, or no escort at all
    }
    this.loadedAt = Date.now()
    return { ...this.shown(), tellable: messages.canTellEscort() }
  },

  /** What waits for a network is sent by itself; what was refused waits until its reason was read, at its job. */
  kept() {
    const waiting = outgoing.queue.waiting()
    const refused = waiting.find((entry) => entry.refused)
    return { unsent: waiting.filter((entry) => !entry.refused).length, refusedJob: refused ? refused.orderId : 0 }
  },

  shown() {
    const { name, today = [], next, invitations = [], questions = [], reports = [], ratings = null, documentsWarning = '', statementsToCheck = 0 } = this.found
    const passed = Math.floor((Date.now() - this.loadedAt) / 1000)
    return {
      name,
      next,
      later: today.filter((job) => !next || job.id !== next.id),
      invitations: invitations.map((one) => {
        const secondsLeft = one.secondsLeft - passed
        return { ...one, when: dayAndTime(one.day, hourOf(one)), left: timeLeft(secondsLeft), over: secondsLeft <= 0 }
      }),
      reports,
      questions,
      documentsWarning,
      statementsToCheck,
      ratings: ratings && ratings.count ? ratings : null,
      ...this.kept(),
    }
  },

  onShow() {
    this.stop = outgoing.attend(() => { if (!this.gone) this.setData(this.kept()) })
    this.timer = setInterval(() => { if (this.data.state === PAGE.CONTENT && !this.data.answering) this.lookAgain() }, LOOK_EVERY_MS)
    if (this.data.state === PAGE.CONTENT) this.refresh()
  },

  onHide() {
    this.pause()
  },

  onUnload() {
    this.pause()
  },

  pause() {
    if (this.stop) this.stop()
    clearInterval(this.timer)
    this.stop = null
  },

  /** Nobody has tapped: a network that is gone for a moment is not worth a word, but the time that is left goes on. */
  async lookAgain() {
    try {
      const found = await desk.workbench()
      if (this.gone) return
      this.found = found
      this.loadedAt = Date.now()
    } catch (failure) {
      if (failure.status === 403) return this.reload()
    }
    if (!this.gone) this.setData(this.shown())
  },

  /** Straight in the tap WeChat is asked whether it may tell of the next invitations. */
  accept(event) {
    const { id } = event.currentTarget.dataset
    const asked = messages.askEscort()
    return this.sendOnce('answering', async () => {
      try {
        const orderId = await desk.accept(id)
        dialogue.say('接单成功', 'success')
        openPage(`/packages/escort/job/job?id=${orderId}`)
      } catch (failure) {
        await this.lookAgain()
        await asked // beneath the question the toast would have gone before it is read
        throw failure
      }
    })
  },

  openDecline(event) {
    const { id } = event.currentTarget.dataset
    this.setData({ declined: this.data.invitations.find((one) => one.id === id), reason: '' })
  },

  closeDecline() {
    this.setData({ declined: null })
  },

  onReason(event) {
    this.setData({ reason: event.detail.value })
  },

  decline() {
    return this.sendOnce('answering', async () => {
      await desk.decline(this.data.declined.id, this.data.reason.trim())
      this.setData({ declined: null })
      await this.lookAgain()
    })
  },

  askToTell() {
    messages.askEscort().then((yes) => { if (yes) dialogue.say('好的，有新的邀请会通知您') })
  },

  openApplication() {
    openPage('/pages/escort-apply/escort-apply')
  },

  go,
}))
