const { definePage } = require('../define-page')
const patients = require('../../services/patients')
const typed = require('../../services/typed')
const dialogue = require('../../services/dialogue')
const { grouped, EXAMPLES } = require('../../utils/id-numbers')
const { scrollToField } = require('../../utils/scroll-to')
const { RELATIONS, MAX_NAME, ID_KIND, ID_KINDS, BLANK, readFromNumber, fieldsOf, asksPerson, consentsNeeded, complaints, firstWrong, wireOf } = require('./fields')

const ADDED = '添加成功'
const ORDER_FORM = '/pages/order/order?'

/** A new patient, or with ?id= one who is known: phone and ID number are shown masked and stay unless typed again. */
Page(definePage({
  data: {
    fields: BLANK,
    known: null,
    /** The form that asks for this patient needs the number. */
    needed: false,
    wrong: {},
    relations: RELATIONS,
    maxName: MAX_NAME,
    idKinds: ID_KINDS,
    resident: ID_KIND.RESIDENT,
    examples: EXAMPLES,
    /** The number in groups, to be compared with the document. */
    grouped: '',
    /** Sex and age were read from the number: nobody has to type them. */
    readable: '',
    asksPerson: false,
    consents: { own: true, guardian: false },
    /** Landlines and foreign numbers need more than the keyboard of digits. */
    anyPhone: false,
    saving: false,
  },

  async load({ id, next, idcard }) {
    this.next = decodeURIComponent(next || '')
    const known = id ? await patients.get(id) : null
    this.setTitle(known ? '修改就诊人' : '添加就诊人')
    this.form = `patient ${id || ''}`
    const fields = typed.read(this.form) || (known ? fieldsOf(known) : { ...BLANK, withoutNumber: idcard === 'later' })
    return { known, needed: idcard === 'needed', ...this.describe({ ...fields, consentGiven: false, guardianConsentGiven: false }, known) }
  },

  /** The fields, with what the number says, and everything on the page that follows from them. */
  describe(given, known) {
    const read = readFromNumber(given, Date.now())
    const fields = { ...given, ...read }
    return {
      fields,
      grouped: grouped(fields.idcardKind, fields.idcard),
      readable: read.sex ? `${read.sex === 'm' ? '男' : '女'} · ${read.if18 === 'y' ? '成年人' : '未成年人'}` : '',
      asksPerson: asksPerson(fields, Date.now(), known),
      consents: consentsNeeded(fields, known),
    }
  },

  change(changes) {
    const shown = this.describe({ ...this.data.fields, ...changes }, this.data.known)
    const wrong = { ...this.data.wrong }
    const settled = Object.keys(changes).concat(shown.readable ? ['sex', 'if18'] : [])
    settled.forEach((name) => delete wrong[name])
    this.setData({ ...shown, wrong })
    typed.keep(this.form, shown.fields)
  },

  onType(event) {
    this.change({ [event.currentTarget.dataset.name]: event.detail.value })
  },

  choose(event) {
    const { name, value } = event.currentTarget.dataset
    this.change({ [name]: value })
  },

  chooseIdKind(event) {
    const idcardKind = event.currentTarget.dataset.value
    if (idcardKind === this.data.fields.idcardKind) return
    const person = this.data.known ? {} : { sex: '', if18: '', guardianConsentGiven: false }
    this.setData({ wrong: { ...this.data.wrong, idcard: '' } })
    this.change({ idcardKind, idcard: '', ...person })
  },

  toggle(event) {
    const { name } = event.currentTarget.dataset
    this.change({ [name]: !this.data.fields[name] })
  },

  /** Says what is wrong with the number as soon as it has been typed, not only when everything is sent. */
  checkNumber() {
    const { fields, known, wrong } = this.data
    const problem = fields.idcard ? complaints(fields, Date.now(), known).idcard : ''
    if (problem) this.setData({ wrong: { ...wrong, idcard: problem } })
  },

  checkPhone() {
    const { fields, known, wrong } = this.data
    const problem = fields.phone ? complaints(fields, Date.now(), known).phone : ''
    if (problem) this.setData({ wrong: { ...wrong, phone: problem } })
  },

  /** The number is given now after all: 医院挂号 may need it. */
  giveNumber() {
    this.change({ withoutNumber: false })
  },

  leaveNumber() {
    this.change({ withoutNumber: true, idcard: '' })
  },

  writeAnyPhone() {
    this.setData({ anyPhone: true })
  },

  save() {
    const now = Date.now()
    const { fields, known } = this.data
    const wrong = complaints(fields, now, known)
    if (firstWrong(wrong)) return this.showWrong(wrong)
    return this.sendOnce('saving', async () => {
      let said
      try {
        said = await this.send(wireOf(fields, now, known))
      } catch (failure) {
        const refused = failure.complaints()
        if (!firstWrong(refused)) throw failure
        return this.showWrong(refused)
      }
      typed.forget(this.form)
      if (said) dialogue.say(said)
      else dialogue.say(known ? '已修改' : '已添加', 'success')
      this.leave()
    })
  },

  /** Back to where one came from; an order form whose place this page took is reopened. */
  leave() {
    if (this.next.startsWith(ORDER_FORM)) wx.redirectTo({ url: this.next })
    else wx.navigateBack({ fail: () => wx.redirectTo({ url: '/pages/patients/patients' }) })
  },

  /** Resolves with what the user must read: whose number it is, when it had been added before. */
  async send(wire) {
    if (this.data.known) {
      await patients.edit(wire)
      return ''
    }
    const { msg } = await patients.add(wire)
    return msg === ADDED ? '' : msg
  },

  showWrong(wrong) {
    this.setData({ wrong })
    dialogue.say(wrong[firstWrong(wrong)])
    scrollToField(this, firstWrong(wrong))
  },
}))
