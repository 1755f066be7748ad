// A month as a grid of weeks, Monday first.

const { dayFrom } = require('../../../utils/dates')

const two = (number) => String(number).padStart(2, '0')

/** 'YYYY-MM' of the hospital's today, and months around it. */
const monthOf = (now) => dayFrom(now, 0).slice(0, 7)

/** 'YYYY-MM' some months later (or earlier). */
function monthAfter(month, count) {
  const [year, index] = month.split('-').map(Number)
  const date = new Date(Date.UTC(year, index - 1 + count, 1))
  return `${date.getUTCFullYear()}-${two(date.getUTCMonth() + 1)}`
}

const monthTitle = (month) => `${Number(month.slice(0, 4))}年${Number(month.slice(5))}月`

/**
 * The cells of a month: empty ones before the first day, then {day, number, jobs, off, today, past}.
 * @param {{day: string, jobs: object[], leave: string[]}[]} days  from the server; days without anything may be left out
 */
function cellsOf(month, days, now) {
  const [year, index] = month.split('-').map(Number)
  const known = Object.fromEntries(days.map((one) => [one.day, one]))
  const today = dayFrom(now, 0)
  const blanks = (new Date(Date.UTC(year, index - 1, 1)).getUTCDay() + 6) % 7
  const count = new Date(Date.UTC(year, index, 0)).getUTCDate()
  const cells = Array.from({ length: blanks }, (_, at) => ({ key: `b${at}` }))
  for (let number = 1; number <= count; number += 1) {
    const day = `${month}-${two(number)}`
    const { jobs = [], leave = [] } = known[day] || {}
    const off = leave.length === 2 ? '休' : leave[0] === 'am' ? '上午休' : leave[0] === 'pm' ? '下午休' : ''
    cells.push({ key: day, day, number, jobs, leave, off, today: day === today, past: day < today })
  }
  return cells
}

module.exports = { monthOf, monthAfter, monthTitle, cellsOf }
