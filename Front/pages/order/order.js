const { definePage } = require('../define-page')

/**
 * ?serviceId=&hospitalId=  a new order
 * ?id=                     an order of the caller
 * ?id=&edit=1              an unpaid order, in the form again
 */
Page(definePage({
  data: { mode: '', id: '', serviceId: '', hospitalId: '', justPaid: '' },

  onLoad({ id, edit, serviceId, hospitalId, paid }) {
    const mode = id && !edit ? 'detail' : 'form'
    this.setTitle(mode === 'detail' ? '订单详情' : '预约陪诊')
    this.setData({ mode, id: id || '', serviceId: serviceId || '', hospitalId: hospitalId || '', justPaid: paid || '' })
  },

  onShow() {
    const part = this.selectComponent('#part')
    if (part) part.onPageShow()
  },

  async onPullDownRefresh() {
    await this.selectComponent('#part').refresh()
  },
}))
