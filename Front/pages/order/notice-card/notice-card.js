const messages = require('../../../services/messages')
const catalog = require('../../../services/catalog')
const dialogue = require('../../../services/dialogue')

/** What will be told in WeChat about the order, and a tap that asks for more: each yes is good for one message. */
Component({
  properties: { orderId: null },

  data: { rows: [], shown: false, off: false },

  lifetimes: {
    attached() {
      this.look()
    },
    detached() {
      this.gone = true
    },
  },

  methods: {
    /** A failure leaves the row as it is: WeChat is asked by the templates of the catalog then. */
    async look() {
      const rows = await messages.remaining(this.data.orderId).catch(() => this.data.rows)
      if (this.gone) return
      const known = catalog.cached()
      const shown = rows.map((row) => ({ ...row, words: row.remaining ? '已开启' : (row.refused ? '未开启' : '还没开启') }))
      this.setData({ rows: shown, shown: !!(rows.length || (known && known.templates.length)), off: rows.length > 0 && rows.every(({ remaining, refused }) => !remaining && refused) })
    },

    /** Straight in the tap. What is due and not allowed comes first. */
    async remind() {
      const { rows } = this.data
      const known = catalog.cached()
      const wanted = [...rows].sort((one, other) => one.remaining - other.remaining || (other.due ? 1 : 0) - (one.due ? 1 : 0)).map(({ templateId }) => templateId)
      const answers = await messages.ask(wanted.length ? [...new Set(wanted)] : (known ? known.templates : []))
      if (this.gone) return
      const said = Object.values(answers)
      if (said.includes('accept')) dialogue.say('有变动会在微信里告诉您')
      else if (said.length) dialogue.say('没有开启提醒。可以在右上角 ··· 的设置里允许订阅消息。')
      await this.look()
    },
  },
})
