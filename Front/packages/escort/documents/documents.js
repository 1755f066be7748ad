const { definePage } = require('../../../pages/define-page')
const desk = require('../services/desk')
const dialogue = require('../../../services/dialogue')
const messages = require('../../../services/messages')
const pictures = require('../../../services/pictures')
const { dayFrom } = require('../../../utils/dates')

const ENDS_SOON_DAYS = 30
/** Are issued for a time only: their last day is asked for. */
const EXPIRES_ALWAYS = ['health']

/** {badge, tone} of a document: what counts now. */
function standing({ current, latest }) {
  if (current && current.daysLeft !== null && current.daysLeft < 0) return { badge: '已过期，不能接新订单', tone: 'warm' }
  if (current && current.daysLeft !== null && current.daysLeft <= ENDS_SOON_DAYS) return { badge: `还有 ${current.daysLeft} 天到期`, tone: 'warm' }
  if (current) return { badge: '有效', tone: '' }
  return latest ? { badge: '', tone: '' } : { badge: '还没有上传', tone: '' }
}

function row(each) {
  return {
    ...each,
    ...standing(each),
    until: each.current ? (each.current.expiresOn ? `有效期至 ${each.current.expiresOn}` : '长期有效') : '',
    waits: Boolean(each.latest && each.latest.state === 'pending'),
    refused: each.latest && each.latest.state === 'rejected' ? each.latest.reason : '',
  }
}

Page(definePage({
  data: { rows: [], chosen: null, lastDay: '', today: '', unlimited: false, photo: '', wrong: '', sending: false },

  async load() {
    return { rows: (await desk.documents()).map(row), today: dayFrom(Date.now(), 0) }
  },

  open(event) {
    const chosen = this.data.rows.find((each) => each.kind === event.currentTarget.dataset.kind)
    this.setData({ chosen: { ...chosen, always: EXPIRES_ALWAYS.includes(chosen.kind) }, lastDay: '', unlimited: false, photo: '', wrong: '' })
  },

  close() {
    if (!this.data.sending) this.setData({ chosen: null })
  },

  onDay(event) {
    this.setData({ lastDay: event.detail.value, unlimited: false, wrong: '' })
  },

  toggleUnlimited() {
    this.setData({ unlimited: !this.data.unlimited, lastDay: '', wrong: '' })
  },

  /** Is the last day there? Says so when it is not. */
  complete() {
    const { lastDay, unlimited, chosen } = this.data
    if (!lastDay && !unlimited) this.setData({ wrong: chosen.always ? '请选有效期' : '请选有效期，长期有效的请打勾' })
    return Boolean(lastDay || unlimited)
  },

  async choosePhoto() {
    if (this.data.sending || !this.complete()) return
    await messages.askAbout(this, 'qualification') // straight in the tap; one question of WeChat's after the other
    const [photo] = await pictures.choose(1, '交不了照片时，请打电话给办公室')
    if (!photo) return
    this.setData({ photo })
    await this.upload()
  },

  /** The photo stays until the server has it: after a failure it is sent again, not taken again. */
  upload() {
    if (!this.complete()) return undefined
    const { photo, chosen, lastDay } = this.data
    return this.sendOnce('sending', async () => {
      const rows = await desk.uploadDocument(photo, chosen.kind, lastDay)
      this.setData({ rows: rows.map(row), chosen: null, photo: '' })
      dialogue.say('已提交，办公室看过后生效')
    })
  },
}))
