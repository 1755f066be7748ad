const { definePage } = require('../../../pages/define-page')
const desk = require('../services/desk')
const dialogue = require('../../../services/dialogue')
const { readableDay } = require('../../../utils/dates')
const { PAGE } = require('../../../services/states')

const STARS = [1, 2, 3, 4, 5]

const present = (row, index) => ({ ...row, key: `${row.day}-${index}`, day: readableDay(row.day, Date.now()) })

Page(definePage({
  data: { rows: [], next: 0, stars: STARS, adding: false },

  async load() {
    const { rows, next } = await desk.ratings()
    return { rows: rows.map(present), next, empty: !rows.length }
  },

  async onReachBottom() {
    if (this.data.state !== PAGE.CONTENT || !this.data.next || this.data.adding) return
    this.setData({ adding: true })
    try {
      const { rows, next } = await desk.ratings(this.data.next)
      if (!this.gone) this.setData({ rows: [...this.data.rows, ...rows.map((row, index) => present(row, this.data.rows.length + index))], next })
    } catch (failure) {
      dialogue.say(failure.message)
    }
    if (!this.gone) this.setData({ adding: false })
  },
}))
