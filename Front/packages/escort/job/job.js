const { definePage } = require('../../../pages/define-page')
const desk = require('../services/desk')
const outgoing = require('../services/outgoing')
const { clockTime } = require('../services/words')
const { STEP } = require('../texts/steps')
const { present } = require('./presentation')
const dialogue = require('../../../services/dialogue')
const photos = require('../../../services/photos')
const { dayFrom } = require('../../../utils/dates')
const { openPage } = require('../../../utils/go')
const { PAGE } = require('../../../services/states')

const { WHAT } = outgoing

/** The number of the emergency doctors. */
const EMERGENCY = '120'

const QUESTIONS = {
  [STEP.DONE]: { title: '完成陪诊', content: '完成后订单就结束了。陪诊报告之后还可以写。确定完成吗？', confirmText: '完成' },
  [STEP.PARTED]: { title: '送别', content: '客户已经离开，或交给家属了吗？', confirmText: '是的' },
}

/** A slip would end an order days before its visit. */
const tooEarly = (when) => ({ title: '还没到日子', content: `这一单是${when}的。现在完成，订单就结束了。确定吗？`, confirmText: '完成' })

Page(definePage({
  data: {
    job: null, when: '', place: '', facts: [], next: null, others: [], nodes: [], over: false, rows: [], extraWaiting: [], unsent: 0,
    troubles: [], choices: [], questions: 0, reportSent: false, sheet: '', step: null, trouble: null, confirming: false, opening: false,
  },

  async load({ id }) {
    this.found = await desk.job(id)
    return this.shown()
  },

  onShow() {
    this.stop = outgoing.attend(() => this.onQueue())
    if (this.data.state === PAGE.CONTENT) this.refresh()
  },

  onHide() {
    if (this.stop) this.stop()
    this.stop = null
  },

  onUnload() {
    if (this.stop) this.stop()
  },

  waiting() {
    return outgoing.queue.waiting(Number(this.query.id))
  },

  shown() {
    return present(this.found, this.waiting(), clockTime)
  },

  /** Something was kept or sent: shown at once; once everything went, the server's list is fetched. */
  onQueue() {
    if (this.gone || !this.found) return
    this.setData(this.shown())
    if (!this.waiting().length) this.refresh()
  },

  async press(step, more = {}) {
    const question = step.kind === STEP.DONE && this.data.job.day > dayFrom(Date.now(), 0) ? tooEarly(this.data.when) : QUESTIONS[step.kind]
    if (question && !more.asked && !(await dialogue.ask(question))) return
    const actionId = outgoing.press(WHAT.STEP, Number(this.query.id), { kind: step.kind, node: step.node || '', note: more.note || '', ...more.place })
    for (const path of more.photos || []) await outgoing.keepPhoto(Number(this.query.id), actionId, path)
    if (more.photos && more.photos.length) outgoing.queue.flush()
  },

  pressNext() {
    const { next } = this.data
    if (next.kind === STEP.SUMMARY) return this.openStep(next)
    return this.sendOnce('opening', () => this.press(next))
  },

  noteNext() {
    this.openStep(this.data.next)
  },

  pressOther(event) {
    this.openStep(this.data.others[event.currentTarget.dataset.index])
  },

  pressNode(event) {
    const node = this.data.nodes[event.currentTarget.dataset.index]
    this.openStep({ kind: STEP.NODE, node, title: node })
  },

  openStep(step) {
    this.setData({ sheet: 'step', step })
  },

  openTroubles() {
    this.setData({ sheet: 'troubles' })
  },

  closeSheet() {
    this.setData({ sheet: '' })
  },

  async onStep(event) {
    const { step } = this.data
    this.closeSheet()
    await this.press(step, { ...event.detail, asked: step.kind !== STEP.DONE })
  },

  chooseTrouble(event) {
    this.setData({ sheet: 'trouble', trouble: this.data.choices[event.currentTarget.dataset.index] })
  },

  onTrouble(event) {
    const { kind } = this.data.trouble
    this.closeSheet()
    outgoing.press(WHAT.TROUBLE, Number(this.query.id), { kind, note: event.detail.note })
    dialogue.say('已经记下，会马上告诉办公室')
  },

  callEmergency() {
    dialogue.call(EMERGENCY)
  },

  /** A call is recorded too: whether the customer was called decides what happens when nobody comes. */
  callCustomer() {
    outgoing.press(WHAT.CALLED, Number(this.query.id))
    dialogue.call(this.data.job.contactPhone)
  },

  openMap() {
    const { latitude, longitude, hospital, campus } = this.data.job
    wx.openLocation({ latitude: Number(latitude), longitude: Number(longitude), name: hospital, address: campus || '', scale: 16, fail() {} })
  },

  confirmJob() {
    outgoing.press(WHAT.CONFIRM, Number(this.query.id))
    this.found.job.escortConfirmed = true
    this.setData(this.shown())
  },

  dismiss(event) {
    outgoing.queue.dismiss(event.currentTarget.dataset.id)
  },

  async showPhotos(event) {
    const row = this.data.rows.find(({ key }) => key === event.currentTarget.dataset.key)
    await this.sendOnce('opening', async () => {
      const urls = await photos.files(row.photos)
      if (urls.length) wx.previewImage({ urls, current: urls[0] })
      else dialogue.say('照片没有加载出来，请检查网络后再试')
    })
  },

  openDesk() {
    openPage('/packages/escort/workbench/workbench')
  },

  openReport() {
    openPage(`/packages/escort/report/report?id=${this.query.id}`)
  },
}))
