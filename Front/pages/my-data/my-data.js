const { definePage } = require('../define-page')
const profile = require('../../services/profile')
const clipboard = require('../../services/clipboard')
const dialogue = require('../../services/dialogue')
const { readable } = require('../../utils/readable')
const { readableMoment } = require('../../utils/dates')

/** The word that the server wants to see before it deletes anything. */
const CONFIRMATION = '删除'

Page(definePage({
  data: { exported: '', exporting: false, devices: [], devicesOpen: false, looking: false, ending: false, deleteOpen: false, word: '', wrong: '', deleting: false },

  exportData() {
    return this.sendOnce('exporting', async () => {
      this.setData({ exported: readable(await profile.exportData()) })
    })
  },

  closeExport() {
    this.setData({ exported: '' })
  },

  copyExport() {
    clipboard.copy(this.data.exported, '长按上面的文字可以选中复制')
  },

  openDevices() {
    return this.sendOnce('looking', async () => {
      this.setData({ devices: await this.devices(), devicesOpen: true })
    })
  },

  /** With names and moments as people read them. */
  async devices() {
    const now = Date.now()
    return (await profile.devices()).map((row) => ({
      ...row,
      name: row.current ? '这台手机' : row.device || '较早登录的设备',
      created: readableMoment(row.createdTime, now),
      lastUsed: readableMoment(row.lastUsedTime, now),
    }))
  },

  closeDevices() {
    this.setData({ devicesOpen: false })
  },

  endDevice(event) {
    const { id, name } = event.currentTarget.dataset
    return this.endAfterAsking(id, `确定让“${name}”退出登录吗？`)
  },

  endOthers() {
    return this.endAfterAsking(0, '确定让其他设备都退出登录吗？这台手机不受影响。')
  },

  /** 0 stands for every device but this one. */
  async endAfterAsking(id, content) {
    if (!await dialogue.ask({ title: '退出登录', content, confirmText: '退出' })) return
    await this.sendOnce('ending', async () => {
      await profile.endDevice(id)
      dialogue.say('已退出登录', 'success')
      this.setData({ devices: await this.devices() })
    })
  },

  openDelete() {
    this.setData({ deleteOpen: true, word: '', wrong: '' })
  },

  closeDelete() {
    this.setData({ deleteOpen: false })
  },

  onType(event) {
    this.setData({ word: event.detail.value, wrong: '' })
  },

  deleteData() {
    if (this.data.word.trim() !== CONFIRMATION) return this.setData({ wrong: `请输入“${CONFIRMATION}”两个字` })
    return this.sendOnce('deleting', async () => {
      await profile.deleteMe(CONFIRMATION)
      this.setData({ deleteOpen: false })
      wx.showModal({
        title: '已删除',
        content: '您的个人数据已经删除。',
        showCancel: false,
        confirmText: '知道了',
        complete: () => wx.reLaunch({ url: '/pages/home/home' }),
      })
    })
  },
}))
