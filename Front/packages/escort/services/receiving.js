// WeChat's page on which an escort receives a payment. That it was shown says nothing about the money: the server does.

/** WeChat has it since library 3.3.0; not on computers. */
const canReceive = () => wx.canIUse('requestMerchantTransfer')

/** Opens WeChat's page; resolves with 'shown', 'cancelled' or 'failed'. The call knows no Promise. */
function openReceipt({ mchId, appId, package: given }) {
  return new Promise((resolve) => {
    wx.requestMerchantTransfer({
      mchId,
      appId,
      package: given,
      success: () => resolve('shown'),
      fail: (result) => resolve(/cancel/.test((result && result.errMsg) || '') ? 'cancelled' : 'failed'),
    })
  })
}

module.exports = { canReceive, openReceipt }
