const { definePage } = require('../define-page')
const profile = require('../../services/profile')
const dialogue = require('../../services/dialogue')
const { readable } = require('../../utils/readable')

/** The word that the server wants to see before it deletes anything. */
const CONFIRMATION = '删除'

Page(definePage({
  data: { exported: '', exporting: false, deleteOpen: false, word: '', wrong: '', deleting: false },

  exportData() {
    return this.sendOnce('exporting', async () => {
      this.setData({ exported: readable(await profile.exportData()) })
    })
  },

  closeExport() {
    this.setData({ exported: '' })
  },

  copyExport() {
    wx.setClipboardData({ data: this.data.exported, success: () => dialogue.say('已复制', 'success'), fail: () => dialogue.say('没有复制成功，请再试一次') })
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
