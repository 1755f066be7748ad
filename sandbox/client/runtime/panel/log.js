// What the phone does: requests with their answers, errors, and other things worth knowing.
import { make } from '../dom-make.js'

const KEPT = 200

/** The server's screens speak in this time zone too. */
export const clock = (time) => new Date(time).toLocaleTimeString('zh-CN', { hour12: false, timeZone: 'Asia/Shanghai' })

function statusText({ status, ms }) {
  if (status === null) return '…'
  return `${status === 0 ? '失败' : status} · ${ms} ms`
}

const tone = ({ status }) =>
  status === null ? 'waiting' : status === 0 || status >= 500 ? 'bad' : status >= 400 ? 'warn' : 'good'

function requestRow() {
  const method = make('b')
  const path = make('span.what')
  const status = make('span.status')
  const detail = make('div.detail')
  const element = make('details.entry', {}, make('summary', {}, method, path, status), detail)
  const part = (title, text) => (text ? [make('h3', { text: title }), make('pre', { text })] : [])
  return {
    element,
    draw(entry) {
      element.dataset.tone = tone(entry)
      method.textContent = entry.method
      path.textContent = entry.path
      path.title = `${clock(entry.time)} ${entry.path}`
      status.textContent = statusText(entry)
      detail.replaceChildren(...part('发出', entry.sent), ...part('收到', entry.received))
    },
  }
}

// Events that become one line.
const LINES = {
  error: (text) => ({ tone: 'bad', label: '错误', text }),
  payment: ({ text }) => ({ tone: 'note', label: '付款', text }),
  phone: ({ phoneNumber }) => ({ tone: 'note', label: '拨号', text: phoneNumber }),
  subscription: (answers) => ({
    tone: 'note',
    label: '订阅',
    text: Object.entries(answers)
      .map(([id, answer]) => `${id} ${answer === 'accept' ? '允许' : '拒绝'}`)
      .join('，'),
  }),
  ready: ({ ms }) => ({ tone: 'note', label: '启动', text: `首页 ${ms} ms` }),
}

function warningText(text) {
  // What glass-easel says about a library's properties is not the developer's business.
  return /is not a valid|target of relation|for-list|keys are not unique/.test(text) ? null : text
}

export function buildLog() {
  const list = make('div.log', { 'aria-live': 'off' })
  const empty = make('p.hint', { text: '还没有请求。' })
  const count = make('span.count', { text: '0' })
  const rows = new Map()
  let requests = 0

  const put = (element) => {
    empty.hidden = true
    list.prepend(element)
    while (list.children.length > KEPT) list.lastElementChild.remove()
  }
  const line = ({ tone: kind, label, text }) => {
    const element = make(
      'div.entry.line',
      { 'data-tone': kind },
      make('b', { text: label }),
      make('span.what', { text }),
    )
    put(element)
  }
  const clear = () => {
    list.replaceChildren()
    rows.clear()
    requests = 0
    count.textContent = '0'
    empty.hidden = false
  }
  return {
    clear,
    started: () => rows.clear(), // the phone counts its requests from 1 again
    take(kind, detail) {
      if (kind === 'request') {
        if (!rows.has(detail.id)) {
          rows.set(detail.id, requestRow())
          put(rows.get(detail.id).element)
          requests += 1
          count.textContent = String(requests)
        }
        rows.get(detail.id).draw(detail)
      } else if (kind === 'warning') {
        const text = warningText(detail)
        if (text) line({ tone: 'warn', label: '提醒', text })
      } else if (LINES[kind]) line(LINES[kind](detail))
    },
    element: make(
      'section.card.grow',
      {},
      make('h2', {}, '请求 ', count, make('button.quiet', { type: 'button', text: '清空', onclick: clear })),
      make('p.hint', { text: '凭证、登录码、签名、证件号和手机号已遮住。点一行看内容。' }),
      empty,
      list,
    ),
  }
}
