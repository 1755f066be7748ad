const { definePage } = require('../../../pages/define-page')
const desk = require('../services/desk')
const dialogue = require('../../../services/dialogue')
const { dayAndTime, hourOf } = require('../services/words')
const { readableDay } = require('../../../utils/dates')
const { go } = require('../../../utils/go')
const { PAGE } = require('../../../services/states')
const { monthOf, monthAfter, monthTitle, cellsOf } = require('./months')

/** So many months ahead leave can be entered. */
const MONTHS_AHEAD = 6

const HALVES = { am: '上午', pm: '下午', day: '全天' }

Page(definePage({
  data: { month: '', title: '', weekdays: ['一', '二', '三', '四', '五', '六', '日'], cells: [], earlier: false, later: true, day: null, reason: '', sending: false },

  async load() {
    const now = Date.now()
    const month = this.data.month || monthOf(now)
    const cells = cellsOf(month, await desk.calendar(month), now)
    const first = monthOf(now)
    return { month, title: monthTitle(month), cells, earlier: month > first, later: month < monthAfter(first, MONTHS_AHEAD) }
  },

  onShow() {
    if (this.data.state === PAGE.CONTENT) this.refresh()
  },

  toMonth(event) {
    this.setData({ month: monthAfter(this.data.month, Number(event.currentTarget.dataset.by)) })
    return this.reload()
  },

  openDay(event) {
    const cell = this.data.cells.find(({ day }) => day && day === event.currentTarget.dataset.day)
    if (cell) this.show(cell)
  },

  show(cell) {
    const jobs = cell.jobs.map((job) => ({ ...job, when: dayAndTime(cell.day, hourOf(job)) }))
    const halves = ['am', 'pm'].map((half) => ({ half, name: HALVES[half], off: cell.leave.includes(half) }))
    this.setData({ day: { ...cell, jobs, halves, title: readableDay(cell.day, Date.now()) }, reason: '' })
  },

  closeDay() {
    this.setData({ day: null })
  },

  onReason(event) {
    this.setData({ reason: event.detail.value })
  },

  toggle(event) {
    const { half, off } = event.currentTarget.dataset
    return this.change(half, !off)
  },

  wholeDay() {
    return this.change('day', this.data.day.leave.length < 2)
  },

  async change(half, on) {
    const { day, reason } = this.data
    if (on && day.jobs.length) {
      const sure = await dialogue.ask({ title: '这天有陪诊', content: `${day.title}已经安排了陪诊。请假会告诉办公室去改派，改派之前这一单仍是您的。确定请假吗？`, confirmText: '请假' })
      if (!sure) return
    }
    await this.sendOnce('sending', async () => {
      const conflicts = await desk.leave(day.day, half, on, reason.trim())
      await this.refresh()
      this.closeDay()
      if (conflicts.length) dialogue.say('已请假，办公室会联系您改派当天的陪诊')
      else dialogue.say(on ? '已请假' : '已取消请假', 'success')
    })
  },

  go,
}))
