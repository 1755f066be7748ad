// Subscribe messages that the person using the phone got (or refused), as the sandbox knows them.
import { make } from '../dom-make.js'
import { currentPerson, SANDBOX } from '../settings.js'
import { clock } from './log.js'

const SOON_MS = [800, 3000] // the server's outbox sends a moment later

async function ask(path) {
  const response = await fetch(new URL(path, SANDBOX))
  if (!response.ok) throw new Error(`${path}: ${response.status}`)
  return response.json()
}

async function messagesOfPerson() {
  const { people } = await ask('people/')
  const person = people.find(({ name }) => name === currentPerson().id)
  if (!person) return []
  return (await ask(`messages/?limit=10&openid=${encodeURIComponent(person.openid)}`)).messages
}

function draw(message) {
  const refused = message.errcode !== 0
  return make(
    'div.message',
    { 'data-tone': refused ? 'warn' : 'good' },
    make(
      'p',
      {},
      make('b', { text: refused ? `未送达（${message.errcode}）` : '服务通知' }),
      make('time', { text: clock(message.created_at) }),
    ),
    make(
      'dl',
      {},
      ...Object.entries(message.data).flatMap(([key, value]) => [
        make('dt', { text: key }),
        make('dd', { text: String(value?.value ?? value) }),
      ]),
    ),
    message.page ? make('code', { text: message.page }) : null,
  )
}

export function buildMessages() {
  const list = make('div.messages')
  const note = make('p.hint', { text: '还没有消息。' })
  async function refresh() {
    try {
      const messages = await messagesOfPerson()
      note.textContent = '还没有消息。'
      note.hidden = messages.length > 0
      list.replaceChildren(...messages.map(draw))
    } catch {
      note.hidden = false
      note.textContent = '沙箱没有应答。'
    }
  }
  let timers = []
  return {
    refresh,
    refreshSoon() {
      timers.forEach(clearTimeout)
      timers = SOON_MS.map((ms) => setTimeout(refresh, ms))
    },
    element: make(
      'section.card',
      {},
      make('h2', {}, '收到的订阅消息 ', make('button.quiet', { type: 'button', text: '刷新', onclick: refresh })),
      note,
      list,
    ),
  }
}
