const test = require('node:test')
const assert = require('node:assert/strict')

const PAYMENT = { supplement: null, amount: '￥588', transactionId: '4200001', merchantId: '1900000001', merchantTradeNo: '20261130abc' }

function fresh(openBusinessView) {
  global.wx = { openBusinessView }
  const path = require.resolve('../services/confirming')
  delete require.cache[path]
  return require(path)
}

const back = (status, appId = 'wx1183b055aeec94d1') => ({ referrerInfo: { appId, extraData: { status } } })

test('the component is opened for the payment, and its status comes through App.onShow', async () => {
  const opened = []
  const confirming = fresh((options) => opened.push(options))
  const status = confirming.open(PAYMENT)
  confirming.returned(back('success'))
  assert.equal(await status, 'success')
  assert.equal(opened[0].businessType, 'weappOrderConfirm')
  assert.deepEqual(opened[0].extraData, { transaction_id: '4200001' })
})

test('a payment without a number of WeChat is named by ours', async () => {
  const opened = []
  const confirming = fresh((options) => opened.push(options))
  const status = confirming.open({ ...PAYMENT, transactionId: '' })
  confirming.returned(back('cancel'))
  assert.equal(await status, 'cancel')
  assert.deepEqual(opened[0].extraData, { merchant_id: '1900000001', merchant_trade_no: '20261130abc' })
})

test('coming back from anywhere else counts as not confirmed', async () => {
  const confirming = fresh(() => {})
  for (const options of [undefined, {}, { referrerInfo: {} }, back('success', 'wxother')]) {
    const status = confirming.open(PAYMENT)
    confirming.returned(options)
    assert.equal(await status, 'cancel')
  }
  confirming.returned(back('success')) // nothing waits: nothing happens
})

test('a WeChat that cannot open it says so at once', async () => {
  assert.equal(await fresh(({ fail }) => fail({ errMsg: 'openBusinessView:fail' })).open(PAYMENT), '')
  const old = fresh(undefined)
  assert.equal(old.possible(), false)
  assert.equal(await old.open(PAYMENT), '')
})
