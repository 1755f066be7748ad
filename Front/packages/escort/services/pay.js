// What an escort earned: monthly statements, and what is on none yet.

const { server } = require('../../../services/server')
const { readableDay, readableMoment } = require('../../../utils/dates')

/** Words and colour of a statement's state. */
const STATE = {
  issued: { words: '请您核对', tone: 'warm' },
  questioned: { words: '等办公室答复', tone: 'warm' },
  confirmed: { words: '已确认，等付款', tone: '' },
  paying: { words: '微信付款中', tone: '' },
  paid: { words: '已付款', tone: '' },
  withdrawn: { words: '已撤回', tone: '' },
}
const TO_RECEIVE = { words: '待收款', tone: 'warm' }
const KIND = { reversal: '订单重新打开，撤销', correction: '更正' }

/** 2026年11月 */
const monthWords = (month) => `${month.slice(0, 4)}年${Number(month.slice(5))}月`

/** ￥-15.50, as the server writes it → -￥15.50 */
const readableSum = (amount) => amount.replace('￥-', '-￥')

const presentStatement = (row) => ({ ...row, total: readableSum(row.total), paidDay: readableDay(row.paidDay, Date.now()), title: monthWords(row.month) + (row.number > 1 ? `（第 ${row.number} 张）` : ''), ...(row.toReceive ? TO_RECEIVE : STATE[row.state] || { words: row.state, tone: '' }) })

const presentLine = (line) => ({
  ...line,
  amount: readableSum(line.amount),
  title: line.kind === 'order' ? line.service : [KIND[line.kind], line.service].filter(Boolean).join(' · '),
  detail: [readableDay(line.day, Date.now()), line.hospital].filter(Boolean).join(' · '),
})

const present = (part) => ({ ...part, amount: readableSum(part.amount), lines: part.lines.map(presentLine), more: Math.max(0, part.count - part.lines.length) })

/** By which payment it was, as one reads it. */
const paidBy = (reference) => (reference.startsWith('微信') ? reference : `银行流水号 ${reference}`)

/** The payment through WeChat that is under way or was not received, with its last moment in words; null when there is none. */
const presentTransfer = (transfer) => transfer && { ...transfer, until: transfer.until && readableMoment(transfer.until, Date.now()) }

/** {open, held, rows, next}: what is on no statement yet, what is held, and the statements, newest first. */
async function overview() {
  const { open, held, data, next } = await server.get('escort/pay/')
  return { open: present(open), held: present(held), rows: data.map(presentStatement), next }
}

/** Further statements, below the one with this id: {rows, next}. */
async function earlier(before) {
  const { data, next } = await server.get('escort/pay/', { before })
  return { rows: data.map(presentStatement), next }
}

/** {statement, lines, next} */
async function statement(id, after) {
  const answer = await server.get('escort/statement/', after ? { id, after } : { id })
  const { questions, answers } = answer.statement
  const said = [...questions.map((one) => ({ ...one, who: '您' })), ...answers.map((one) => ({ ...one, who: '办公室' }))]
  said.sort((one, other) => (one.time < other.time ? -1 : one.time > other.time ? 1 : 0))
  const shown = { ...presentStatement(answer.statement), orders: readableSum(answer.statement.orders), corrections: readableSum(answer.statement.corrections), paidBy: paidBy(answer.statement.reference), transfer: presentTransfer(answer.statement.transfer || null) }
  shown.said = said.map((one, number) => ({ ...one, number, when: readableMoment(one.time, Date.now()) }))
  return { statement: shown, lines: answer.lines.map(presentLine), next: answer.next }
}

const confirm = (id) => server.post('escort/confirmStatement/', { id })

const question = (id, text) => server.post('escort/questionStatement/', { id, text })

/** {mchId, appId, package}: with what WeChat's page is opened, on which the escort receives a statement's payment. */
const receive = (id) => server.post('escort/receiveTransfer/', { id })

/** The server asks WeChat; whether the statement's payment is still under way. */
const stillPaying = (id) => server.post('escort/checkTransfer/', { id }).then(({ state }) => state === 'paying')

module.exports = { overview, earlier, statement, confirm, question, receive, stillPaying, monthWords }
