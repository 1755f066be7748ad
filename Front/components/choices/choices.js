/**
 * One of several, in one tap: `options` are texts, or {value, label, day?, off?}. One with `off` cannot be chosen, and a tap
 * on it says why. Sends `choose` with {value}.
 */
const dialogue = require('../../services/dialogue')

Component({
  properties: {
    options: Array,
    value: null,
    /** 'days': in columns. */
    kind: String,
  },

  data: { rows: [] },

  observers: {
    options(options) {
      this.setData({ rows: (options || []).map((one) => (typeof one === 'object' ? one : { value: one, label: one })) })
    },
  },

  methods: {
    choose(event) {
      const row = this.data.rows[event.currentTarget.dataset.index]
      if (row.off) dialogue.say(row.off)
      else this.triggerEvent('choose', { value: row.value })
    },
  },
})
