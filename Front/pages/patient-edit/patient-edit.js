const { definePage } = require('../define-page')
const patients = require('../../services/patients')
const dialogue = require('../../services/dialogue')
const { scrollToField } = require('../../utils/scroll-to')
const { RELATIONS, PAPER, BLANK, readFromNumber, complaints, firstWrong, wireOf } = require('./fields')

Page(definePage({
  data: {
    fields: BLANK,
    wrong: {},
    relations: RELATIONS,
    papers: [PAPER.RESIDENT, PAPER.PASSPORT],
    resident: PAPER.RESIDENT,
    /** Sex and age were read from the number: nobody has to type them. */
    readable: '',
    saving: false,
  },

  change(changes) {
    const fields = { ...this.data.fields, ...changes }
    const read = readFromNumber(fields, Date.now())
    Object.assign(fields, read)
    const wrong = { ...this.data.wrong }
    Object.keys(changes).concat(Object.keys(read)).forEach((name) => delete wrong[name])
    const readable = read.sex ? `${read.sex === 'm' ? '男' : '女'} · ${read.if18 === 'y' ? '成年人' : '未成年人'}` : ''
    this.setData({ fields, wrong, readable })
  },

  onType(event) {
    this.change({ [event.currentTarget.dataset.name]: event.detail.value })
  },

  choose(event) {
    const { name, value } = event.currentTarget.dataset
    this.change({ [name]: value })
  },

  choosePaper(event) {
    const paper = event.currentTarget.dataset.value
    if (paper === this.data.fields.paper) return
    this.change({ paper, idcard: '', sex: '', if18: '', guardianConsentGiven: false })
  },

  toggle(event) {
    const { name } = event.currentTarget.dataset
    this.change({ [name]: !this.data.fields[name] })
  },

  save() {
    const now = Date.now()
    const { fields } = this.data
    const wrong = complaints(fields, now)
    if (firstWrong(wrong)) return this.showWrong(wrong)
    return this.sendOnce('saving', async () => {
      try {
        await patients.add(wireOf(fields, now))
      } catch (failure) {
        const said = failure.complaints()
        if (!firstWrong(said)) throw failure
        return this.showWrong(said)
      }
      dialogue.say('已添加', 'success')
      wx.navigateBack({ fail: () => wx.redirectTo({ url: '/pages/patients/patients' }) })
    })
  },

  showWrong(wrong) {
    this.setData({ wrong })
    dialogue.say(wrong[firstWrong(wrong)])
    scrollToField(this, firstWrong(wrong))
  },
}))
