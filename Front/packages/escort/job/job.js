const { definePage } = require('../../../pages/define-page')
const desk = require('../services/desk')
const outgoing = require('../services/outgoing')
const { clockTime } = require('../services/words')
const { STEP, stepTitle } = require('../texts/steps')
const { present, withSent } = require('./presentation')
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

/** The family reads a step at once, and no step can be taken back. */
const notToday = (when, title) => ({ title: '还没到日子', content: `这一单是${when}的。现在记“${title}”，客户和家属马上会看到。确定吗？`, confirmText: '记下' })

Page(definePage({
  data: {
    job: null, when: '', place: '', facts: [], next: null, others: [], nodes: [], over: false, awaited: false, started: false, rows: [], extraWaiting: [], unsent: 0,
    troubles: [], choices: [], questions: 0, reportSent: false, supplements: [], sheet: '', step: null, trouble: null, confirming: false, opening: false,
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

  /** What was sent stays pressed while the list that has it is on its way: the large button never goes back a step. */
  shown() {
    const waiting = this.waiting()
    const now = new Set(waiting.map((entry) => entry.actionId))
    const gone = (this.kept || []).filter((entry) => entry.what === WHAT.STEP && !entry.refused && !now.has(entry.actionId))
    this.sent = [...(this.sent || []), ...gone]
    this.kept = waiting
    return present({ ...this.found, steps: withSent(this.found.steps, this.sent) }, waiting, clockTime)
  },

  /** Something was kept or sent: shown at once; once everything went or was refused, it is fetched how the job stands. */
  onQueue() {
    if (this.gone || !this.found) return
    this.setData(this.shown())
    if (!this.waiting().some((entry) => !entry.refused)) this.refresh()
  },

  /** What is asked before a step is recorded; before its day the first one is asked about, too. `noted`: with a sheet of its own. */
  questionAbout(step, noted) {
    const { job, when, started } = this.data
    const early = job.day > dayFrom(Date.now(), 0)
    if (early && step.kind === STEP.DONE) return tooEarly(when)
    if (early && !started) return notToday(when, stepTitle(step))
    return noted && step.kind !== STEP.DONE ? null : QUESTIONS[step.kind]
  },

  async press(step, more = {}) {
    const question = this.questionAbout(step, more.noted)
    if (question && !(await dialogue.ask(question))) return
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
    await this.press(step, { ...event.detail, noted: true })
  },

  chooseTrouble(event) {
    this.setData({ sheet: 'trouble', trouble: this.data.choices[event.currentTarget.dataset.index] })
  },

  onTrouble(event) {
    const { kind } = this.data.trouble
    this.closeSheet()
    this.say(outgoing.press(WHAT.TROUBLE, Number(this.query.id), { kind, note: event.detail.note }))
  },

  /** What became of it: known once it was sent, refused (which the page tells), or there is no network. */
  async say(actionId) {
    await outgoing.queue.flush()
    const kept = this.waiting().find((entry) => entry.actionId === actionId)
    if (!kept) dialogue.say('已经告诉办公室')
    else if (!kept.refused) dialogue.say('还没有网络，已保存；急事请打电话给办公室')
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

  async showReceipt(event) {
    const { receipt } = event.currentTarget.dataset
    await this.sendOnce('opening', async () => {
      const path = await photos.file(receipt)
      if (path) wx.previewImage({ urls: [path], current: path })
      else dialogue.say('照片没有加载出来，请检查网络后再试')
    })
  },

  openSupplement() {
    this.setData({ sheet: 'supplement' })
  },

  onSupplement() {
    this.closeSheet()
    this.refresh()
  },

  openDesk() {
    openPage('/packages/escort/workbench/workbench')
  },

  openReport() {
    openPage(`/packages/escort/report/report?id=${this.query.id}`)
  },
}))
