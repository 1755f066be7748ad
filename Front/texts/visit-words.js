// What the order form asks about a visit, by the values on the wire.

const APPOINTMENTS = [
  { value: 'registered', label: '已挂号' },
  { value: 'help', label: '需要协助' },
  { value: 'not_needed', label: '不需要' },
]
const MOBILITIES = [
  { value: 'independent', label: '自己能走' },
  { value: 'cane', label: '用拐杖' },
  { value: 'wheelchair', label: '坐轮椅' },
]
const HEARINGS = [
  { value: 'good', label: '听得清' },
  { value: 'impaired', label: '听力不好' },
]

/** What a value is called; '' for none. */
const wordOf = (choices, value) => (choices.find((one) => one.value === value) || { label: '' }).label

module.exports = { APPOINTMENTS, MOBILITIES, HEARINGS, wordOf }
