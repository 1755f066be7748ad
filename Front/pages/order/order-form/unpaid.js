// The order form's methods about orders that wait for payment already: they are told, and are never in the way.

const orders = require('../../../services/orders')
const drafts = require('../../../services/drafts')
const dialogue = require('../../../services/dialogue')
const { STEP } = require('./fields')
const { PAGE, PROGRESS } = require('../../../services/states')
const { readableDay } = require('../../../utils/dates')
const { sendOnce } = require('../../../utils/send-once')

const unpaidOnes = (all) => all.filter((order) => order.progress === PROGRESS.UNPAID)

const unpaidOrders = {
  /** The unpaid order of this patient besides the one that the form changes (`savedId`), or null. */
  unpaidOf(patientId, savedId) {
    const other = (order) => String(order.friendid) === String(patientId) && String(order.id) !== String(savedId)
    return (this.unpaid || []).find(other) || null
  },

  /** What is said beside the patient: their unpaid order becomes this one, or has to be settled first. */
  noteOf(patientId, savedId) {
    const theirs = this.unpaidOf(patientId, savedId)
    if (!theirs) return ''
    const which = `${theirs.patient}还有一笔没付款的订单（${readableDay(theirs.wantTime, Date.now())}）。`
    return which + (savedId ? '请先付款或删除那一笔，或换一位就诊人。' : '现在提交，会把它改成这次填写的内容。')
  },

  /** Opens the question about an unpaid order. */
  askAbout(order) {
    if (order) this.setData({ previous: { ...order, day: readableDay(order.wantTime, Date.now()) } })
  },

  askAboutTheirs() {
    this.askAbout(this.unpaidOf(this.data.fields.friendid, this.data.savedId))
  },

  closePrevious() {
    if (!this.data.deleting) this.setData({ previous: null })
  },

  continuePrevious() {
    const { previous } = this.data
    this.setData({ previous: null })
    return this.takeOrder(previous)
  },

  /** Patients without an unpaid order can be chosen; when there is none, one is added. */
  bookForAnother() {
    const { patients, fields, savedId } = this.data
    const free = (id) => !this.unpaidOf(id, savedId)
    this.setData({ previous: null })
    if (fields.friendid && !free(fields.friendid)) this.change({ friendid: '' })
    if (this.data.step !== STEP.WHO) this.goTo(STEP.WHO)
    if (patients.some((patient) => free(patient.id))) this.setData({ sheet: 'patient' })
    else this.addPatient()
  },

  async deletePrevious() {
    const { id, patient, day } = this.data.previous
    const content = `删除后不能恢复，确定删除${patient}（${day}）这笔还没付款的订单吗？`
    if (!await dialogue.ask({ title: '删除订单', content, confirmText: '删除' })) return
    await sendOnce(this, 'deleting', async () => {
      try {
        await orders.remove(id)
      } catch (failure) {
        if (failure.status === 409) return this.lookAgain(failure)
        if (failure.status !== 404) throw failure // expired, or deleted elsewhere: as good as deleted
      }
      drafts.clearOf(id)
      this.forgetUnpaid(id)
      this.setData({ previous: null })
      dialogue.say('已删除', 'success')
    })
  },

  /** The previous order cannot be deleted: most often it is paid by now, and nothing is in the way any more. */
  async lookAgain(failure) {
    await this.reload()
    const waits = this.data.previous || this.data.state !== PAGE.CONTENT
    dialogue.say(waits ? failure.message : '之前的订单已经付款，可以在“我的订单”里查看。')
  },

  /** This order is not unpaid any more. */
  forgetUnpaid(id) {
    this.unpaid = this.unpaid.filter((order) => String(order.id) !== String(id))
    this.setData(this.describe(this.data.fields))
  },

  /** The chosen patient has an unpaid order that this form did not know of: which one it is, is shown. */
  async findUnpaid(failure) {
    this.unpaid = unpaidOnes(await orders.recent())
    if (this.gone) return
    this.setData(this.describe(this.data.fields))
    this.askAboutTheirs()
    if (!this.data.previous) throw failure
  },
}

module.exports = { unpaidOrders, unpaidOnes }
