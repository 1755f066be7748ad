// The steps of a visit as an escort reads them: what the button says before, what the list says afterwards.

const STEP = { DEPARTED: 'departed', ARRIVED: 'arrived', MET: 'met', NODE: 'node', PARTED: 'parted', SUMMARY: 'summary', DONE: 'done' }

/** In their usual order; the nodes of the service lie between `met` and `parted`. */
const CHAIN = [
  { kind: STEP.DEPARTED, press: '我出发了', title: '已出发' },
  { kind: STEP.ARRIVED, press: '我到医院了', title: '已到达' },
  { kind: STEP.MET, press: '接到客户了', title: '已接到' },
  { kind: STEP.PARTED, press: '已送别客户', title: '已送别' },
  { kind: STEP.SUMMARY, press: '写小结', title: '小结' },
  { kind: STEP.DONE, press: '完成陪诊', title: '完成' },
]

/** What can go wrong, each one tap from the job. */
const TROUBLES = [
  { kind: 'cannot_reach', title: '联系不上客户', hint: '先打几次电话，再告诉办公室' },
  { kind: 'late', title: '客户迟到', hint: '办公室会联系客户' },
  { kind: 'absent', title: '客户没来', hint: '在医院等过、打过电话后才能选，费用由办公室处理' },
  { kind: 'cannot_come', title: '我来不了', hint: '越早说越好；办公室改派之前，这一单仍是您的' },
  { kind: 'unwell', title: '客户身体不适', hint: '先求助，再告诉办公室' },
]

const stepTitle = ({ kind, node }) => (kind === STEP.NODE ? node : (CHAIN.find((step) => step.kind === kind) || { title: kind }).title)

const troubleTitle = (kind) => (TROUBLES.find((trouble) => trouble.kind === kind) || { title: kind === 'leave' ? '请假与订单冲突' : kind }).title

module.exports = { STEP, CHAIN, TROUBLES, stepTitle, troubleTitle }
