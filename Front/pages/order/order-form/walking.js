// The order form's methods about its three steps, from the first to the tap that pays.

const dialogue = require('../../../services/dialogue')
const messages = require('../../../services/messages')
const terms = require('../../../services/terms')
const catalog = require('../../../services/catalog')
const { sendOnce } = require('../../../utils/send-once')
const { scrollToField } = require('../../../utils/scroll-to')
const { complaints, complaintsOf, firstWrong, stepOf, wireOf } = require('./fields')

const walking = {
  variant() {
    const match = catalog.findVariant(this.data.services, this.data.fields.serviceId)
    return match ? match.variant : null
  },

  /** Everything that is wrong now, whatever step it stands on. */
  allWrong() {
    const { fields, wrong: told, chosen } = this.data
    const wrong = { ...complaints(fields, Date.now(), this.variant()), ...this.closedWhy(fields) }
    if (wrong.wantTime && told.wantTime) wrong.wantTime = told.wantTime // it says which day is over
    if (chosen.lacksIdNumber) wrong.friendid = `这项服务要用证件号码挂号，请补上${chosen.name}的证件号码`
    else if (chosen.lacksPhone) wrong.friendid = `${chosen.name}的电话已经删除，请先补上，当天才能联系上`
    return wrong
  },

  next() {
    this.renewDays()
    const { step } = this.data
    const wrong = complaintsOf(step, this.allWrong())
    if (firstWrong(wrong)) return this.showWrong(wrong)
    return this.goTo(step + 1)
  },

  back() {
    this.goTo(this.data.step - 1)
  },

  jump(event) {
    this.goTo(Number(event.currentTarget.dataset.step))
  },

  goTo(step) {
    this.setData({ step, wrong: {} })
    this.saveDraft()
    wx.pageScrollTo({ scrollTop: 0, duration: 0 })
  },

  /** The tick can be taken back at any time; setting it goes through the terms. */
  toggleTerms() {
    if (this.data.accepted) this.setData({ accepted: false })
    else this.setData({ sheet: 'terms', payingTerms: false })
  },

  /** Accepting what the button that pays has opened goes on paying: nobody taps it twice. */
  acceptTerms() {
    terms.accept()
    const { payingTerms } = this.data
    this.setData({ accepted: true, sheet: '', payingTerms: false })
    return payingTerms ? this.pay() : undefined
  },

  pay() {
    this.renewDays()
    const wrong = this.allWrong()
    if (firstWrong(wrong)) return this.showWrong(wrong)
    if (!this.data.accepted) return this.setData({ sheet: 'terms', payingTerms: true })
    const wire = wireOf(this.data.fields, this.variant())
    return sendOnce(this, 'paying', async () => {
      await messages.askInTap(this)
      if (!this.gone) await this.sendOrder(wire)
    })
  },

  /** Goes to the step of what is wrong, and to the place on it. */
  showWrong(wrong) {
    const first = firstWrong(wrong)
    const step = stepOf(first)
    if (step !== this.data.step) this.setData({ step })
    this.setData({ wrong })
    dialogue.say(wrong[first])
    scrollToField(this, first)
  },
}

module.exports = { walking }
