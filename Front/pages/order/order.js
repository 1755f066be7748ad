const { definePage } = require('../define-page')
const catalog = require('../../services/catalog')

/** Of a payment: ours, whatever WeChat calls it, or WeChat's own. */
const numberOf = (query) => query.out_trade_no || query.merchant_trade_no || query.transaction_id || ''

/**
 * ?serviceId=&hospitalId=&department=&escortId=  a new order
 * ?again=&day=             a new order with the fields of an earlier one of the caller; `day`: when the doctor wants it
 * ?id=                     an order of the caller; with paid=1 WeChat said that it was just paid
 * ?out_trade_no= or ?merchant_trade_no=, ?transaction_id=   the same, as WeChat's order centre and its messages name it
 * ?id=&edit=1&at=          an unpaid order, in the form again; `at`: the step that is opened, by default the last
 */
Page(definePage({
  data: { mode: '', id: '', number: '', again: '', day: '', at: '', serviceId: '', hospitalId: '', department: '', escortId: '', justPaid: '' },

  onLoad({ id, edit, at, again, day, serviceId, hospitalId, department, escortId, paid, ...named }) {
    const number = id ? '' : numberOf(named)
    const mode = (id && !edit) || number ? 'detail' : 'form'
    this.setTitle(mode === 'detail' ? '订单详情' : '预约陪诊')
    this.setData({ mode, id: id || '', number, again: again || '', day: day || '', at: at || '', serviceId: serviceId || '', hospitalId: hospitalId || '', department: decodeURIComponent(department || ''), escortId: escortId || '', justPaid: paid || '' })
  },

  onShow() {
    const part = this.selectComponent('#part')
    if (part) part.onPageShow()
  },

  onHide() {
    const part = this.selectComponent('#part')
    if (part && part.onPageHide) part.onPageHide()
  },

  /** A card that invites comes from its button; the menu shares the program alone, never an order. */
  onShareAppMessage({ from } = {}) {
    const part = this.selectComponent('#part')
    const card = from === 'button' && part ? part.card : null
    if (card && card.path) return { title: card.title, path: `/${card.path.replace(/^\//, '')}` }
    return { title: `${catalog.brandName()}：看病有人陪，家人更安心`, path: '/pages/home/home' }
  },

  async onPullDownRefresh() {
    await this.selectComponent('#part').refresh()
  },
}))
