const { definePage } = require('../../../pages/define-page')
const desk = require('../services/desk')
const { newActionId } = require('../services/outgoing')
const dialogue = require('../../../services/dialogue')
const typed = require('../../../services/typed')
const { readableDay, dayFrom } = require('../../../utils/dates')
const { PAPERS, EMPTY, typedFrom, bodyFrom, problemsOf } = require('./body')

/** A draft is sent this long after the last key. */
const SAVE_AFTER_MS = 3000

const NEW_ROWS = { examinations: { name: '', resultOn: '' }, medicines: { name: '', use: '' }, outlays: { what: '', amount: '' } }

const newer = (failure) => failure.slug === 'report_newer'

Page(definePage({
  data: {
    allowed: true, sent: false, sentTime: '', confirmed: false, fields: EMPTY, papers: [], version: 0, wrong: {}, saved: '', sending: false,
    entries: [], answering: null, addition: '', answer: '', today: '',
  },

  form() {
    return `report ${this.query.id}`
  },

  async load({ id }) {
    const [report, job] = await Promise.all([desk.report(id), desk.job(id)])
    const kept = typed.read(this.form())
    const fields = !report.sentTime && kept && kept.version === report.version ? kept.fields : typedFrom(report.body || {})
    return {
      patient: job.job.patient,
      allowed: job.job.notesAllowed || !!report.sentTime,
      sent: !!report.sentTime,
      sentTime: report.sentTime || '',
      confirmed: report.state === 'confirmed',
      version: report.version || 0,
      fields,
      papers: this.papersOf(fields),
      outlayTexts: fields.outlays.map(({ what, amount }) => `${what} ￥${amount}`),
      entries: this.entriesOf(job.entries),
      today: dayFrom(Date.now(), 0),
      nextDay: readableDay(fields.nextVisit.day, Date.now()),
    }
  },

  papersOf({ papers }) {
    return [...new Set([...PAPERS, ...papers])].map((name) => ({ name, on: papers.includes(name) }))
  },

  entriesOf(entries) {
    return entries.map((entry) => ({ ...entry, isQuestion: entry.kind === 'question', who: { question: '家属问', answer: '回答', addition: '补充' }[entry.kind] }))
  },

  onHide() {
    this.saveNow()
  },

  onUnload() {
    this.saveNow()
  },

  /** Something was typed: kept in memory at once, on the server soon. */
  change(fields, more = {}) {
    this.setData({ fields, wrong: {}, saved: '', ...more })
    typed.keep(this.form(), { version: this.data.version, fields })
    this.unsaved = true
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.saveNow(), SAVE_AFTER_MS)
  },

  /** One saving at a time; what was typed meanwhile is saved next. A network that is gone is tried again with the next key. */
  saveNow() {
    clearTimeout(this.timer)
    if (!this.unsaved || this.data.sent) return this.saving || Promise.resolve(true)
    if (this.saving) return this.saving.then(() => this.saveNow())
    this.unsaved = false
    this.saving = this.save().finally(() => { this.saving = null })
    return this.saving
  },

  async save() {
    try {
      const version = await desk.saveReport(this.query.id, bodyFrom(this.data.fields), this.data.version)
      typed.keep(this.form(), { version, fields: this.data.fields })
      if (!this.gone) this.setData({ version, saved: '草稿已保存' })
      return true
    } catch (failure) {
      this.unsaved = true
      if (this.gone) return false
      if (newer(failure)) await this.chooseDraft()
      else this.setData({ saved: '草稿还没有存到服务器，请不要关闭小程序' })
      return false
    }
  },

  /** The same report was typed on another phone. */
  async chooseDraft() {
    this.unsaved = false
    const theirs = await dialogue.ask({ title: '有更新的草稿', content: '这份报告在别的手机上有更新的草稿。用那一份，还是留用这里写的？', confirmText: '用那一份', cancelText: '用这里的' })
    if (theirs) {
      typed.forget(this.form())
      return this.reload()
    }
    const { version } = await desk.report(this.query.id)
    this.setData({ version })
    this.unsaved = true
    return undefined
  },

  onType(event) {
    const { name } = event.currentTarget.dataset
    this.change({ ...this.data.fields, [name]: event.detail.value })
  },

  onRow(event) {
    const { list, index, name } = event.currentTarget.dataset
    const rows = this.data.fields[list].map((row, at) => (at === index ? { ...row, [name]: event.detail.value } : row))
    this.change({ ...this.data.fields, [list]: rows })
  },

  addRow(event) {
    const { list } = event.currentTarget.dataset
    this.change({ ...this.data.fields, [list]: [...this.data.fields[list], NEW_ROWS[list]] })
  },

  removeRow(event) {
    const { list, index } = event.currentTarget.dataset
    this.change({ ...this.data.fields, [list]: this.data.fields[list].filter((_, at) => at !== index) })
  },

  onNextDay(event) {
    const day = event.detail.value
    this.change({ ...this.data.fields, nextVisit: { ...this.data.fields.nextVisit, day } }, { nextDay: readableDay(day, Date.now()) })
  },

  onNextNote(event) {
    this.change({ ...this.data.fields, nextVisit: { ...this.data.fields.nextVisit, note: event.detail.value } })
  },

  togglePaper(event) {
    const { name } = event.currentTarget.dataset
    const { papers } = this.data.fields
    const fields = { ...this.data.fields, papers: papers.includes(name) ? papers.filter((one) => one !== name) : [...papers, name] }
    this.change(fields, { papers: this.papersOf(fields) })
  },

  async send() {
    const wrong = problemsOf(this.data.fields)
    this.setData({ wrong })
    if (Object.keys(wrong).length) return dialogue.say('有几处还要改一改')
    const sure = await dialogue.ask({ title: '发给家属', content: '发出后不能修改，只能补充。确定发送吗？', confirmText: '发送' })
    if (!sure) return undefined
    return this.sendOnce('sending', async () => {
      this.unsaved = true
      if (!await this.saveNow()) return
      await desk.sendReport(this.query.id, this.data.version)
      typed.forget(this.form())
      dialogue.say('已发送', 'success')
      await this.refresh()
    })
  },

  onAddition(event) {
    this.setData({ addition: event.detail.value })
  },

  onAnswer(event) {
    this.setData({ answer: event.detail.value })
  },

  add() {
    const text = this.data.addition.trim()
    if (!text) return dialogue.say('请先写要补充的内容')
    return this.sendOnce('sending', async () => {
      this.additionId = this.additionId || newActionId() // the same words sent twice are one addition
      await desk.addToReport(this.query.id, text, this.additionId)
      this.additionId = ''
      this.setData({ addition: '' })
      await this.refresh()
    })
  },

  openAnswer(event) {
    const { id } = event.currentTarget.dataset
    this.answerId = newActionId()
    this.setData({ answering: this.data.entries.find((entry) => entry.id === id), answer: '' })
  },

  closeAnswer() {
    this.setData({ answering: null })
  },

  sendAnswer() {
    const text = this.data.answer.trim()
    if (!text) return dialogue.say('请先写回答')
    return this.sendOnce('sending', async () => {
      await desk.answerQuestion(this.query.id, this.data.answering.id, text, this.answerId)
      this.closeAnswer()
      await this.refresh()
    })
  },
}))
