// wx.openBusinessView: WeChat's own components that open over a mini-program and come back through App.onShow. Here: confirming a
// payment that was shipped (weappOrderConfirm). What is confirmed, the sandbox knows.
import { callApp } from '../application.js'
import { layer, make } from '../dom.js'
import { callTop } from '../pages.js'
import { SANDBOX } from '../settings.js'

const COMPONENT = 'wx1183b055aeec94d1'

const CHOICES = [
  { status: 'success', text: '确认收货', kind: 'pay' },
  { status: 'cancel', text: '返回', kind: 'plain' },
  { status: 'fail', text: '确认失败', kind: 'plain' },
]

/** Tells the sandbox; does it agree? */
async function confirmAtSandbox({ transaction_id, merchant_trade_no }) {
  const response = await fetch(new URL('shipments/', SANDBOX), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ transaction_id, out_trade_no: merchant_trade_no, act: 'confirm' }),
  })
  return response.ok
}

function openComponent(extraData) {
  return new Promise((resolve) => {
    const choose = (status) => () => {
      box.remove()
      resolve(status)
    }
    const button = ({ status, text, kind }) =>
      make(`button.${kind}`, { type: 'button', text, 'data-outcome': status, onclick: choose(status) })
    const box = layer(
      'mp-cashier',
      make(
        'div.mp-sheet',
        { role: 'dialog', 'aria-label': '模拟确认收货' },
        make(
          'p.mp-sheet-head',
          {},
          make('span', { text: '模拟微信的确认收货' }),
          make('em', { text: '确认后商家收到货款' }),
        ),
        make('p.mp-merchant', { text: extraData.transaction_id ?? extraData.merchant_trade_no }),
        button(CHOICES[0]),
        make('div.mp-outcomes', {}, ...CHOICES.slice(1).map(button)),
      ),
    )
  })
}

async function comeBack(extraData) {
  let status = await openComponent(extraData)
  if (status === 'success' && !(await confirmAtSandbox(extraData))) status = 'fail'
  const referrerInfo = { appId: COMPONENT, extraData: { status, req_extradata: extraData } }
  callApp('onShow', 'AppShow', { path: '', query: {}, scene: 1038, referrerInfo })
  callTop('onShow')
}

async function openBusinessView({ businessType, extraData }) {
  if (businessType !== 'weappOrderConfirm') throw 'businessType not supported in the browser client'
  if (!extraData || !(extraData.transaction_id || (extraData.merchant_id && extraData.merchant_trade_no)))
    throw 'extraData: transaction_id, or merchant_id and merchant_trade_no'
  callTop('onHide')
  callApp('onHide', 'AppHide')
  comeBack(extraData) // opened is all that success says
  return {}
}

export const asynchronous = { openBusinessView }
