const typed = require('../../services/typed')

const WORDS = ['', '很不满意', '不太满意', '一般', '满意', '非常满意']

/** One to five stars and a comment; sends `send` with {stars, comment}. */
Component({
  properties: {
    visible: Boolean,
    sending: Boolean,
    /** What is typed is kept for this order. */
    orderId: null,
  },

  data: { stars: 5, word: WORDS[5], comment: '', icons: ['/images/star-on.svg', '/images/star-off.svg'] },

  observers: {
    orderId(orderId) {
      const kept = orderId && typed.read(`rate ${orderId}`)
      if (kept) this.setData({ ...kept, word: WORDS[kept.stars] })
    },
  },

  methods: {
    /** Leaving the page by accident loses nothing: services/typed.js. */
    change(changes) {
      this.setData(changes)
      const { orderId, stars, comment } = this.data
      if (orderId) typed.keep(`rate ${orderId}`, { stars, comment })
    },

    onRate(event) {
      const stars = Math.max(1, event.detail.value)
      this.change({ stars, word: WORDS[stars] })
    },

    onType(event) {
      this.change({ comment: event.detail.value })
    },

    close() {
      this.triggerEvent('close')
    },

    send() {
      this.triggerEvent('send', { stars: this.data.stars, comment: this.data.comment.trim() })
    },
  },
})
