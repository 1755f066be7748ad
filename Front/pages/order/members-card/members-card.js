const members = require('../../../services/members')
const dialogue = require('../../../services/dialogue')
const { sendOnce } = require('../../../utils/send-once')
const { readableMoment } = require('../../../utils/dates')

const ROLES = [
  { value: 'family', label: '家人', tells: '能看进展和报告，能给陪诊员打电话。看不到价格和证件号码。', title: '请您一起看陪诊的进展' },
  { value: 'payer', label: '付款人', tells: '能看进展和报告，能看到价格，替您付款。看不到证件号码。', title: '请您帮忙付陪诊的费用' },
]
const SCOPES = { order: '这一单', patient: '这位就诊人以后的陪诊' }

const wordsOf = ({ role, scope }) => `${role === 'payer' ? '付款人' : '家人'} · ${SCOPES[scope] || ''}`

/**
 * Who else reads the order. The owner invites by a card of WeChat and ends what was shared. Tells `card` with path and
 * title of the card that the page sends next, an empty path for none.
 */
Component({
  properties: { orderId: null, patientId: null, patient: String },

  data: { state: 'loading', failure: '', members: [], links: [], inviting: false, roles: ROLES, role: 'family', tells: ROLES[0].tells, scopes: [], scope: 'order', card: '', until: '', making: false, ending: false },

  lifetimes: {
    attached() {
      this.setData({ scopes: [{ value: 'order', label: '只看这一单' }, { value: 'patient', label: `${this.data.patient}以后的陪诊都能看` }] })
      this.look()
    },
    detached() {
      this.gone = true
    },
  },

  methods: {
    async look() {
      try {
        const found = await members.list(this.data.orderId)
        if (this.gone) return
        this.setData({
          state: 'content',
          members: found.members.map((row) => ({ ...row, words: wordsOf(row) })),
          links: found.links.map((row) => ({ ...row, words: wordsOf(row), until: readableMoment(row.expiresTime, Date.now()) })),
        })
      } catch (failure) {
        if (!this.gone && this.data.state !== 'content') this.setData({ state: 'failed', failure: failure.message })
      }
    },

    open() {
      this.setData({ inviting: true, card: '' })
    },

    close() {
      this.setData({ inviting: false })
      this.triggerEvent('card', { path: '' })
      this.look()
    },

    chooseRole(event) {
      const role = event.detail.value
      this.setData({ role, tells: ROLES.find(({ value }) => value === role).tells, card: '' })
    },

    chooseScope(event) {
      this.setData({ scope: event.detail.value, card: '' })
    },

    /** The card is made first: WeChat sends it in a tap of its own. */
    make() {
      return sendOnce(this, 'making', async () => {
        const { orderId, patientId, role, scope } = this.data
        const { path, expiresTime } = await members.invite(scope === 'patient' ? { patientId, role } : { orderId, role })
        if (this.gone) return
        this.setData({ card: path, until: readableMoment(expiresTime, Date.now()) })
        this.triggerEvent('card', { path, title: ROLES.find(({ value }) => value === role).title })
      })
    },

    async end(event) {
      const { id, name } = event.currentTarget.dataset
      const sure = await dialogue.ask({ title: '不再共享', content: `${name || '这位家人'}马上就看不到了，以后要看需要重新邀请。确定吗？`, confirmText: '停止' })
      if (!sure) return
      await sendOnce(this, 'ending', async () => {
        await members.end(id)
        await this.look()
      })
    },

    revoke(event) {
      return sendOnce(this, 'ending', async () => {
        await members.revoke(event.currentTarget.dataset.id)
        dialogue.say('邀请已撤回')
        await this.look()
      })
    },
  },
})
