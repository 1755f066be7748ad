const WORDS = ['', '很不满意', '不太满意', '一般', '满意', '非常满意']

/** One to five stars and a comment; sends `send` with {stars, comment}. */
Component({
  properties: { visible: Boolean, sending: Boolean },

  data: { stars: 5, word: WORDS[5], comment: '', icons: ['/images/star-on.svg', '/images/star-off.svg'] },

  methods: {
    onRate(event) {
      const stars = Math.max(1, event.detail.value)
      this.setData({ stars, word: WORDS[stars] })
    },

    onType(event) {
      this.setData({ comment: event.detail.value })
    },

    close() {
      this.triggerEvent('close')
    },

    send() {
      this.triggerEvent('send', { stars: this.data.stars, comment: this.data.comment.trim() })
    },
  },
})
