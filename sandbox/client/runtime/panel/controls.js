// Who uses the phone, what the next payment does, the network, the phone's size, starting over.
import { make } from '../dom-make.js'
import {
  addPerson,
  chooseNetwork,
  choosePayment,
  choosePermission,
  choosePerson,
  chooseTransfer,
  clearStorageOf,
  currentPerson,
  forgetPersonInAddress,
  GUARDED,
  NETWORK_CHOICES,
  networkChoice,
  PAYMENT_CHOICES,
  paymentChoice,
  PERMISSION_CHOICES,
  permissionChoice,
  persons,
  storagePrefix,
  TRANSFER_CHOICES,
  transferChoice,
} from '../settings.js'

const LARGE_TEXT_KEY = 'largeText' // where the mini-program keeps its own switch (Front/services/settings.js)

const section = (title, hint, ...children) =>
  make('section.card', {}, make('h2', { text: title }), hint ? make('p.hint', { text: hint }) : null, ...children)

/** A row of choices of which one holds; `choose(key)` is called on a change. */
function choices(label, options, current, choose) {
  const group = make('div.choices', { role: 'radiogroup', 'aria-label': label })
  const draw = (chosen) =>
    group.replaceChildren(
      ...options.map(({ key, text }) =>
        make('button', {
          type: 'button',
          role: 'radio',
          'aria-checked': String(key === chosen),
          'data-key': key,
          text,
          onclick: () => {
            choose(key)
            draw(key)
          },
        }),
      ),
    )
  draw(current)
  return { element: group, draw }
}

const asOptions = (table) => Object.entries(table).map(([key, text]) => ({ key, text }))

function personSection(device) {
  const box = make('div')
  const be = (id) => {
    choosePerson(id)
    forgetPersonInAddress()
    draw()
    device.restart()
  }
  const name = make('input', { placeholder: '新的人：名字', maxlength: 12, 'aria-label': '新的人的名字' })
  const add = make(
    'form.add',
    {
      onsubmit: (event) => {
        event.preventDefault()
        const wanted = name.value.trim()
        if (!wanted) return
        name.value = ''
        be(addPerson(wanted).id)
      },
    },
    name,
    make('button', { type: 'submit', text: '加入' }),
  )
  const draw = () => {
    const row = choices(
      '使用手机的人',
      persons().map(({ id, name: text }) => ({ key: id, text })),
      currentPerson().id,
      be,
    )
    box.replaceChildren(row.element)
  }
  draw()
  return section('谁在用手机', '每个人有自己的微信身份和本机数据；开两个窗口可以同时是两个人。', box, add)
}

function paymentSection() {
  const row = choices('下一次付款', asOptions(PAYMENT_CHOICES), paymentChoice(), choosePayment)
  return section('下一次付款', '“每次问我”在手机里打开收银台；其余直接按所选结果处理。', row.element)
}

function transferSection() {
  const row = choices('下一次收款', asOptions(TRANSFER_CHOICES), transferChoice(), chooseTransfer)
  return section('下一次收款', '陪诊员收报酬时微信的收款页；也可以当作微信太旧。', row.element)
}

/** A list per call that WeChat guards: what becomes of the next ones. */
function permissionSection() {
  const rows = Object.entries(GUARDED).map(([name, title]) => {
    const list = make(
      'select',
      { 'aria-label': `${title}：${name}`, 'data-permission': name },
      ...Object.entries(PERMISSION_CHOICES).map(([key, text]) => make('option', { value: key, text })),
    )
    list.value = permissionChoice(name)
    list.onchange = () => choosePermission(name, list.value)
    return make('div.row', {}, make('span', { text: title }), list)
  })
  const box = make('details', {}, make('summary', { text: '每一种都可以拒绝' }), ...rows)
  return section('隐私和权限', '微信先问用户的接口。拒绝以后，页面上应当还有办法走下去。', box)
}

function networkRow(device) {
  return choices('网络', asOptions(NETWORK_CHOICES), networkChoice(), (choice) => {
    chooseNetwork(choice)
    device.tell('networkchoice')
  }).element
}

function largeTextRow(device) {
  const key = () => storagePrefix(currentPerson().id) + LARGE_TEXT_KEY
  const isLarge = () => localStorage.getItem(key()) === '{"data":true}'
  const row = choices(
    '字号',
    [
      { key: 'normal', text: '标准字' },
      { key: 'large', text: '大字' },
    ],
    isLarge() ? 'large' : 'normal',
    (choice) => {
      localStorage.setItem(key(), JSON.stringify({ data: choice === 'large' }))
      device.reload()
    },
  )
  return { element: row.element, draw: () => row.draw(isLarge() ? 'large' : 'normal') }
}

function phoneSection(device, log) {
  const sizes = device.sizes.map(({ width, height }) => ({ key: String(width), text: `${width}×${height}` }))
  const size = choices('屏幕', sizes, '375', (key) =>
    device.setSize(device.sizes.find(({ width }) => String(width) === key)),
  )
  const path = make('code.path', { text: '…' })
  const text = largeTextRow(device)
  const reset = () => {
    clearStorageOf(currentPerson().id)
    log.clear()
    text.draw()
    device.restart()
  }
  const element = section(
    '手机',
    null,
    make('div.row', {}, make('span', { text: '当前页面' }), path),
    make('div.row', {}, make('span', { text: '屏幕' }), size.element),
    make('div.row', {}, make('span', { text: '字号' }), text.element),
    make('div.row', {}, make('span', { text: '网络' }), networkRow(device)),
    make(
      'div.buttons',
      {},
      make('button', { type: 'button', text: '重新打开', onclick: () => device.restart() }),
      make('button', { type: 'button', text: '刷新此页', onclick: () => device.reload() }),
      make('button.danger', {
        type: 'button',
        text: '清除此人数据',
        title: '清除这个人在手机上保存的数据，服务器上的不变',
        onclick: reset,
      }),
    ),
  )
  return {
    element,
    showPath: (shown) => {
      path.textContent = shown
    },
  }
}

/** The cards above the log; `below` is put under the phone's card. */
export function buildControls(device, log, below) {
  const phone = phoneSection(device, log)
  return {
    element: make(
      'div.controls',
      {},
      make('div.column', {}, personSection(device), paymentSection(), transferSection(), permissionSection()),
      make('div.column', {}, phone.element, below),
    ),
    showPath: phone.showPath,
  }
}
