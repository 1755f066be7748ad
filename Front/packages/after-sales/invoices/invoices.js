const { definePage } = require('../../../pages/define-page')
const invoices = require('../services/invoices')
const clipboard = require('../../../services/clipboard')
const dialogue = require('../../../services/dialogue')
const messages = require('../../../services/messages')
const typed = require('../../../services/typed')
const { ERROR } = require('../../../services/states')
const { openPage } = require('../../../utils/go')
const { readableMoment } = require('../../../utils/dates')

const KINDS = [{ value: invoices.PERSON, label: '个人' }, { value: invoices.COMPANY, label: '公司' }]
const TONES = { requested: 'tag-warm', to_reverse: 'tag-warm' }
const EMAIL = /^[^@\s]+@[^@\s]+\.[^@\s]+$/

function presented(row, now) {
  return { ...row, tone: TONES[row.state] || '', moment: readableMoment(row.time, now), decided: readableMoment(row.decidedTime, now) }
}

/** ?id=  of an order: what can be asked for, and what was; without it everything that the caller has asked for. */
Page(definePage({
  data: { orderId: '', rows: [], offer: null, next: 0, kinds: KINDS, kind: invoices.PERSON, title: '', taxNumber: '', email: '', wrong: {}, sending: false, withdrawing: false, opening: false, more: false },

  onLoad({ id }) {
    this.setData({ orderId: id || '' })
  },

  async load({ id }) {
    const now = Date.now()
    const { rows, offer, next } = await invoices.page(id)
    const form = offer && offer.open ? { kind: offer.kind || invoices.PERSON, title: offer.kind === invoices.COMPANY ? offer.title : '', taxNumber: offer.taxNumber, email: offer.email, ...typed.read(this.formName(id)) } : {}
    return { rows: rows.map((row) => presented(row, now)), offer, next, ...form, empty: !rows.length && !offer }
  },

  formName: (id) => `invoice ${id}`,

  loadMore() {
    return this.sendOnce('more', async () => {
      const now = Date.now()
      const { rows, next } = await invoices.page(this.data.orderId, this.data.next)
      this.setData({ rows: [...this.data.rows, ...rows.map((row) => presented(row, now))], next })
    })
  },

  async onReachBottom() {
    if (this.data.next) await this.loadMore()
  },

  keep() {
    const { orderId, kind, title, taxNumber, email } = this.data
    typed.keep(this.formName(orderId), { kind, title, taxNumber, email })
  },

  chooseKind(event) {
    this.setData({ kind: event.detail.value, wrong: {} })
    this.keep()
  },

  onType(event) {
    const { name } = event.currentTarget.dataset
    this.setData({ [name]: event.detail.value, wrong: { ...this.data.wrong, [name]: '' } })
    this.keep()
  },

  /** What is missing, as far as the phone can tell; the rest is the server's to check. */
  missing() {
    const { kind, title, taxNumber, email } = this.data
    const company = kind === invoices.COMPANY
    return {
      title: company && title.trim().length < 2 ? '请填公司全称，与营业执照一致' : '',
      taxNumber: company && !taxNumber.trim() ? '请填税号，在营业执照上' : '',
      email: email.trim() && !EMAIL.test(email.trim()) ? '邮箱的写法不对，不需要可以留空' : '',
    }
  },

  request() {
    const wrong = this.missing()
    this.setData({ wrong })
    if (Object.values(wrong).some(Boolean)) return
    const asked = messages.askAbout(this, 'invoice')
    return this.sendOnce('sending', async () => {
      await asked
      const { orderId, kind, title, taxNumber, email } = this.data
      try {
        await invoices.request(orderId, { kind, title: title.trim(), taxNumber, email: email.trim() })
      } catch (failure) {
        if (failure.slug === ERROR.INVOICE_REQUESTED) await this.refresh() // by a request whose answer was lost, perhaps
        else this.setData({ wrong: failure.complaints() })
        throw failure
      }
      typed.forget(this.formName(orderId))
      await this.refresh()
      dialogue.say('已申请，开好后在这里下载')
    })
  },

  async withdraw(event) {
    const { id } = event.currentTarget.dataset
    if (!await dialogue.ask({ title: '撤回申请', content: '撤回后可以改好内容重新申请。确定撤回吗？', confirmText: '撤回' })) return
    await this.sendOnce('withdrawing', async () => {
      await invoices.withdraw(id)
      await this.refresh()
    })
  },

  open(event) {
    return this.sendOnce('opening', () => invoices.open(event.currentTarget.dataset.file))
  },

  copyNumber(event) {
    clipboard.copy(event.currentTarget.dataset.number, '长按号码可以选中复制')
  },

  openOrders() {
    openPage(`/pages/orders/orders?tab=${encodeURIComponent('已完成')}`)
  },
}))
