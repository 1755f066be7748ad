// Copying. Where WeChat refuses it, `otherwise` says how to get at the text all the same.

const dialogue = require('./dialogue')

function copy(data, otherwise) {
  wx.setClipboardData({ data, success: () => dialogue.say('已复制', 'success'), fail: () => dialogue.say(`没有复制成功，${otherwise}`) })
}

module.exports = { copy }
