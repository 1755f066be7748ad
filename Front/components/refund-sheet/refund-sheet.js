const REASONS = ['行程有变', '身体原因', '医院停诊', '选错了服务', '其他原因']
const OTHER = '其他原因'

/** Asks why, shows how much comes back, and sends `send` with {reason}. */
Component({
  properties: {
    visible: Boolean,
    /** {amount, percent, rule} as the server gives it. */
    refund: Object,
    sending: Boolean,
  },

  data: { reasons: REASONS, reason: '', detail: '', wrong: '' },

  methods: {
    choose(event) {
      this.setData({ reason: event.currentTarget.dataset.reason, wrong: '' })
    },

    onType(event) {
      this.setData({ detail: event.detail.value, wrong: '' })
    },

    close() {
      this.triggerEvent('close')
    },

    send() {
      const { reason, detail } = this.data
      const said = detail.trim()
      if (!reason) return this.setData({ wrong: '请选择原因' })
      if (reason === OTHER && !said) return this.setData({ wrong: '请写一下原因' })
      this.triggerEvent('send', { reason: said ? `${reason}：${said}` : reason })
    },
  },
})
