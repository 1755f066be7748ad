const typed = require('../../services/typed')

const WORDS = ['请点几颗星', '很不满意', '不太满意', '一般', '满意', '非常满意']
const TAGS = ['准时', '耐心', '专业', '沟通清楚']

/** One to five stars, tags and a comment; sends `send` with {stars, comment, tags}. Nothing is chosen beforehand. */
Component({
  properties: {
    visible: Boolean,
    sending: Boolean,
    /** What is typed is kept for this order. */
    orderId: null,
  },

  data: { stars: 0, word: WORDS[0], comment: '', tags: [], choices: [], wrong: '', icons: ['/images/star-on.svg', '/images/star-off.svg'] },

  observers: {
    orderId(orderId) {
      this.show((orderId && typed.read(`rate ${orderId}`)) || {})
    },
  },

  methods: {
    show({ stars = 0, comment = '', tags = [] }) {
      this.setData({ stars, comment, tags, word: WORDS[stars], choices: TAGS.map((name) => ({ name, on: tags.includes(name) })), wrong: '' })
    },

    /** Leaving the page by accident loses nothing: services/typed.js. */
    change(changes) {
      const { orderId, stars, comment, tags } = { ...this.data, ...changes }
      this.show({ stars, comment, tags })
      if (orderId) typed.keep(`rate ${orderId}`, { stars, comment, tags })
    },

    onRate(event) {
      this.change({ stars: Math.max(1, event.detail.value) })
    },

    toggleTag(event) {
      const { name } = event.currentTarget.dataset
      const { tags } = this.data
      this.change({ tags: tags.includes(name) ? tags.filter((one) => one !== name) : [...tags, name] })
    },

    onType(event) {
      this.change({ comment: event.detail.value })
    },

    close() {
      this.triggerEvent('close')
    },

    send() {
      const { stars, comment, tags } = this.data
      if (!stars) this.setData({ wrong: '请先点几颗星' })
      else this.triggerEvent('send', { stars, comment: comment.trim(), tags })
    },
  },
})
