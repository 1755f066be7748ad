// Choosing pictures from the phone.

const dialogue = require('./dialogue')

/** Up to `count` pictures, taken now or chosen from the album, made smaller by WeChat; [] when the user has closed the choice. */
function choose(count) {
  return new Promise((resolve) => {
    const given = ({ tempFiles }) => resolve(tempFiles.map((one) => one.tempFilePath))
    const failed = ({ errMsg }) => {
      if (!/cancel/.test(errMsg)) dialogue.say('打不开相机和相册，请在微信的设置里允许')
      resolve([])
    }
    wx.chooseMedia({ count, mediaType: ['image'], sizeType: ['compressed'], success: given, fail: failed })
  })
}

module.exports = { choose }
