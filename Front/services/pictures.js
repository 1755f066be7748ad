// Choosing pictures from the phone.

const dialogue = require('./dialogue')
const { REFUSED, refusedBecause } = require('./permissions')

const WHY = {
  [REFUSED.UNDECLARED]: '现在选不了照片',
  [REFUSED.PRIVACY]: '您没有同意隐私保护指引，选不了照片，过一会儿可以再点',
  [REFUSED.PERMISSION]: '打不开相机和相册，请在手机和微信的设置里允许',
}

/**
 * Up to `count` pictures, taken now or chosen from the album, made smaller by WeChat; [] when the user has closed the choice.
 * `otherwise`: how to go on without one, said to whom WeChat refuses it.
 */
function choose(count, otherwise) {
  return new Promise((resolve) => {
    const given = ({ tempFiles }) => resolve(tempFiles.map((one) => one.tempFilePath))
    const failed = (result) => {
      if (!/cancel/.test(result.errMsg)) dialogue.say(`${WHY[refusedBecause(result) || REFUSED.PERMISSION]}。${otherwise}`)
      resolve([])
    }
    wx.chooseMedia({ count, mediaType: ['image'], sizeType: ['compressed'], success: given, fail: failed })
  })
}

module.exports = { choose }
