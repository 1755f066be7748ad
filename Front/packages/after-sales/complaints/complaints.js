const { definePage } = require('../../../pages/define-page')
const complaints = require('../services/complaints')
const dialogue = require('../../../services/dialogue')
const messages = require('../../../services/messages')
const photoFiles = require('../../../services/photos')
const pictures = require('../../../services/pictures')
const typed = require('../../../services/typed')
const { ERROR } = require('../../../services/states')
const { newActionId } = require('../../../utils/action-id')
const { isOver, readableMoment } = require('../../../utils/dates')

const MAX_PHOTOS = 6
const MIN_TEXT = 5
const TONES = { [complaints.COMPLAINT.OPEN]: 'tag-warm' }

/** What is promised about it now. */
function promise({ state, due }, now) {
  const moment = readableMoment(due, now)
  if (state === complaints.COMPLAINT.OPEN && isOver(due, now)) return '我们答复晚了，对不起，正在处理。着急请直接打电话'
  if (state === complaints.COMPLAINT.OPEN && moment) return `我们会在${moment} 前答复您`
  if (state === complaints.COMPLAINT.ANSWERED) return '如果还没有解决，请补充告诉我们'
  return ''
}

function presented(row, now) {
  return {
    ...row,
    tone: TONES[row.state] || '',
    moment: readableMoment(row.time, now),
    promise: promise(row, now),
    entries: row.entries.map((entry) => ({ ...entry, who: entry.kind === 'answer' ? '我们的答复' : '您的补充', moment: readableMoment(entry.time, now) })),
  }
}

/** ?id=  of an order, 投诉与售后; without it everything that the caller has sent, and suggestions. */
Page(definePage({
  data: { rows: [], next: 0, orderId: '', kinds: [], sheet: '', kind: '', text: '', photos: [], addTo: 0, wrong: {}, sending: false, more: false },

  onLoad({ id }) {
    const orderId = id || ''
    this.setData({ orderId, kinds: orderId ? complaints.KINDS : complaints.KINDS.filter((one) => one.alone) })
  },

  async load({ id }) {
    const now = Date.now()
    const { rows, next } = await complaints.page(id)
    return { rows: rows.map((row) => presented(row, now)), next, empty: !rows.length }
  },

  loadMore() {
    if (!this.data.next) return
    return this.sendOnce('more', async () => {
      const now = Date.now()
      const { rows, next } = await complaints.page(this.data.orderId, this.data.next)
      this.setData({ rows: [...this.data.rows, ...rows.map((row) => presented(row, now))], next })
    })
  },

  async onReachBottom() {
    await this.loadMore()
  },

  // Writing

  formName() {
    return this.data.sheet === 'add' ? `complaint addition ${this.data.addTo}` : `complaint ${this.data.orderId}`
  },

  /** The form as it was left; its name for the server stays the same until it has been sent. */
  openForm() {
    const kept = typed.read(`complaint ${this.data.orderId}`) || {}
    this.actionId = kept.actionId || newActionId()
    this.setData({ sheet: 'new', kind: kept.kind || (this.data.orderId ? '' : 'suggestion'), text: kept.text || '', photos: kept.photos || [], wrong: {} })
  },

  openAddition(event) {
    const addTo = event.currentTarget.dataset.id
    const kept = typed.read(`complaint addition ${addTo}`) || {}
    this.actionId = kept.actionId || newActionId()
    this.setData({ sheet: 'add', addTo, text: kept.text || '', photos: [], wrong: {} })
  },

  close() {
    if (!this.data.sending) this.setData({ sheet: '' })
  },

  keep() {
    const { kind, text, photos } = this.data
    typed.keep(this.formName(), { kind, text, photos, actionId: this.actionId })
  },

  chooseKind(event) {
    this.setData({ kind: event.detail.value, wrong: { ...this.data.wrong, kind: '' } })
    this.keep()
  },

  onType(event) {
    this.setData({ text: event.detail.value, wrong: { ...this.data.wrong, text: '' } })
    this.keep()
  },

  async choosePhotos() {
    const chosen = await pictures.choose(MAX_PHOTOS - this.data.photos.length, '不附照片也可以发送')
    const added = chosen.map((path) => ({ path, actionId: newActionId() }))
    this.setData({ photos: [...this.data.photos, ...added].slice(0, MAX_PHOTOS) })
    this.keep()
  },

  removePhoto(event) {
    this.setData({ photos: this.data.photos.filter((one) => one.actionId !== event.currentTarget.dataset.id) })
    this.keep()
  },

  previewPhoto(event) {
    wx.previewImage({ urls: this.data.photos.map((one) => one.path), current: event.currentTarget.dataset.path })
  },

  /** WeChat asks about messages only straight in the tap, before anything else. */
  send() {
    const { kind, text } = this.data
    const wrong = { kind: kind ? '' : '请选一类', text: text.trim().length >= MIN_TEXT ? '' : `请至少写 ${MIN_TEXT} 个字，说说发生了什么` }
    this.setData({ wrong })
    if (wrong.kind || wrong.text) return
    const asked = messages.askAbout(this, 'complaint')
    return this.sendOnce('sending', async () => {
      await asked
      const { orderId, photos } = this.data
      for (const photo of photos) await complaints.uploadPhoto(photo) // one after the other: a phone's network is slow
      await complaints.send({ orderId, kind, text: text.trim(), actionId: this.actionId, photos: photos.map((one) => one.actionId) }).catch((failure) => this.hasArrived(failure))
      await this.sent('已提交，我们会尽快答复')
    })
  },

  sendAddition() {
    const text = this.data.text.trim()
    if (!text) return this.setData({ wrong: { text: '请写要补充的内容' } })
    const asked = messages.askAbout(this, 'complaint')
    return this.sendOnce('sending', async () => {
      await asked
      await complaints.add(this.data.addTo, text, this.actionId).catch((failure) => this.hasArrived(failure))
      await this.sent('已补充，我们会再看')
    })
  },

  /** What was changed after a lost answer, and the first had arrived: it is shown, and what was typed stays. */
  async hasArrived(failure) {
    if (failure.slug !== ERROR.ACTION_REUSED) throw failure
    this.actionId = newActionId()
    this.setData({ photos: this.data.photos.map((one) => ({ ...one, actionId: newActionId() })) })
    this.keep()
    await this.refresh()
    throw new Error('刚才提交的已经收到，在列表里。改过的内容还没有提交：要再交一份，请再点一次提交')
  },

  async sent(sentence) {
    typed.forget(this.formName())
    this.setData({ sheet: '', text: '', photos: [] })
    await this.refresh()
    dialogue.say(sentence)
  },

  /** Photos of a complaint are fetched when they are asked for. */
  showPhotos(event) {
    const row = this.data.rows.find((one) => one.id === event.currentTarget.dataset.id)
    return this.sendOnce('looking', async () => {
      const urls = await photoFiles.files(row.photos)
      if (urls.length) wx.previewImage({ urls })
      else dialogue.say('照片没有加载出来，请再试一次')
    })
  },
}))
