const { definePage } = require('../define-page')
const patients = require('../../services/patients')
const dialogue = require('../../services/dialogue')
const { PAGE } = require('../../services/states')
const { openPage } = require('../../utils/go')

Page(definePage({
  data: { patients: [], deleting: false },

  async load() {
    const found = await patients.list()
    return { patients: found, empty: !found.length }
  },

  onShow() {
    if (this.data.state === PAGE.CONTENT || this.data.state === PAGE.EMPTY) this.refresh()
  },

  add() {
    openPage('/pages/patient-edit/patient-edit')
  },

  edit(event) {
    openPage(`/pages/patient-edit/patient-edit?id=${event.currentTarget.dataset.id}`)
  },

  async remove(event) {
    const { id, name } = event.currentTarget.dataset
    const sure = await dialogue.ask({ title: '删除就诊人', content: `确定删除“${name}”吗？以前的订单不受影响。`, confirmText: '删除' })
    if (!sure) return
    await this.sendOnce('deleting', async () => {
      await patients.remove(id)
      dialogue.say('已删除', 'success')
      await this.refresh()
    })
  },
}))
