const loading = require('../../../behaviors/loading')
const catalog = require('../../../services/catalog')
const orders = require('../../../services/orders')
const patients = require('../../../services/patients')
const drafts = require('../../../services/drafts')
const dialogue = require('../../../services/dialogue')
const messages = require('../../../services/messages')
const { PAGE } = require('../../../services/states')
const { readableDay } = require('../../../utils/dates')
const { openPage } = require('../../../utils/go')
const { sendOnce } = require('../../../utils/send-once')
const { scrollToField } = require('../../../utils/scroll-to')
const { OTHER_HOSPITAL, LIMITS, BLANK, startFields, fieldsOf, stillValid, usualPatient, complaints, firstWrong, wireOf } = require('./fields')
const { sending } = require('./sending')
const { refundRule } = require('./rule')
const { days, daysOn, pastDay } = require('./days')
const { unpaidOrders, unpaidOnes } = require('./unpaid')

const SHEET = { NONE: '', SERVICE: 'service', HOSPITAL: 'hospital', PATIENT: 'patient', TERMS: 'terms' }

/** A new order, an earlier one once more (`again`), or an unpaid one with changes: filled in, accepted, paid. */
Component({
  behaviors: [loading],

  properties: { orderId: String, again: String, serviceId: String, hospitalId: String, department: String },

  data: {
    fields: BLANK,
    wrong: {},
    services: [],
    hospitals: [],
    patients: [],
    /** Why a patient who was just added is not among them, '' when nobody is missing. */
    missing: '',
    chosen: { service: '', unit: '', price: '', hospital: '', patient: '', day: '' },
    days: [],
    nearDay: false,
    firstDay: '',
    lastDay: '',
    limits: LIMITS,
    otherHospital: OTHER_HOSPITAL,
    /** The refund rule of the chosen day, with its dates. */
    rule: null,
    ruleFailure: '',
    ruleLoading: false,
    sheet: SHEET.NONE,
    /** The unpaid order that the question is about, null while none is asked about. */
    previous: null,
    /** The chosen patient has an unpaid order already: what becomes of it. '' for none. */
    unpaidNote: '',
    deleting: false,
    accepted: false,
    paying: false,
    /** The order that waits for payment and is changed by the form, '' for none. */
    savedId: '',
  },

  lifetimes: {
    attached() {
      this.reload()
      this.waitForTomorrow()
    },
    detached() {
      this.stopWaitingForTomorrow()
    },
  },

  methods: {
    async load() {
      const { orderId, again } = this.data
      const [found, people, mine, earlier] = await Promise.all([
        catalog.refresh(), patients.list(), orders.recent(), again ? orders.earlier(again) : null,
      ])
      if (this.gone) return
      this.unpaid = unpaidOnes(mine)
      const editing = this.unpaid.find((order) => String(order.id) === orderId) || null
      if (orderId && !editing) return this.openOrder(orderId)
      this.bookingDays = found.bookingDays
      this.setData({
        services: found.services, hospitals: found.hospitals, patients: people,
        ...daysOn(Date.now(), found.bookingDays),
        state: PAGE.CONTENT,
        previous: null,
      })
      const added = patients.lastAdded()
      this.usual = usualPatient(people, mine, added)
      patients.takenUp()
      if (editing) this.takeOrder(editing)
      else this.takeNew(earlier)
      if (people.some((patient) => patient.id === added)) this.change({ friendid: added })
      if (!editing) this.askAbout(this.unpaid[0])
    },

    /** A new order: what was typed before, else the earlier one that is booked once more, on another day. */
    takeNew(earlier) {
      const typed = drafts.read(this.form(''))
      const { serviceId, hospitalId, department } = this.data
      if (earlier && !typed) return this.take({ ...fieldsOf(earlier), wantTime: '' }, '')
      this.take(startFields(typed, { serviceId, hospitalId, department }), '')
    },

    /** An unpaid order, with the changes to it that were typed and not sent. */
    takeOrder(order) {
      this.take(drafts.read(order.id) || fieldsOf(order), order.id)
    },

    /** Whose draft is kept: see services/drafts.js. */
    form(savedId) {
      return savedId || (this.data.again ? `again ${this.data.again}` : '')
    },

    /** Puts these fields into the form. A patient who is gone is not replaced by another one unseen. */
    take(fields, savedId) {
      const { services, hospitals, patients: people } = this.data
      const now = Date.now()
      const valid = stillValid(fields, {
        variantIds: services.reduce((ids, service) => ids.concat(service.variants.map((variant) => variant.id)), []),
        hospitalIds: hospitals.map((hospital) => hospital.id),
        patientIds: people.map((patient) => patient.id),
        now,
      })
      if (!fields.friendid && !savedId) valid.friendid = this.usual
      const past = pastDay(fields.wantTime, now)
      this.setData({ fields: valid, savedId, wrong: past ? { wantTime: past } : {}, ...this.describe(valid, savedId) })
      this.loadRule()
    },

    /** What the chosen ids are called. */
    describe(fields, savedId = this.data.savedId) {
      const { services, hospitals, patients: people, days: near } = this.data
      const match = catalog.findVariant(services, fields.serviceId)
      const hospital = hospitals.find((row) => row.id === fields.hospitalId)
      const patient = people.find((row) => row.id === fields.friendid)
      return {
        nearDay: near.some((day) => day.value === fields.wantTime),
        unpaidNote: this.noteOf(fields.friendid, savedId),
        chosen: {
          service: match ? match.service.name : '',
          unit: match ? match.variant.unit : '',
          price: match ? match.variant.price : '',
          hospital: fields.hospitalId === OTHER_HOSPITAL ? '其他医院' : (hospital ? hospital.name : ''),
          patient: patient ? `${patient.name}（${patient.relation}）` : '',
          day: fields.wantTime ? readableDay(fields.wantTime, Date.now()) : '',
        },
      }
    },

    change(changes) {
      const fields = { ...this.data.fields, ...changes }
      const wrong = { ...this.data.wrong }
      Object.keys(changes).forEach((name) => delete wrong[name])
      this.setData({ fields, wrong, sheet: SHEET.NONE, ...this.describe(fields) })
      drafts.save(fields, this.form(this.data.savedId))
      if ('wantTime' in changes) this.loadRule()
    },

    onPageShow() {
      if (this.data.state !== PAGE.CONTENT) return
      this.renewDays()
      this.chooseAdded()
      this.loadRule() // its dates go by while the page lies below another
    },

    /** Somebody was added on the way: they are chosen as soon as the list has them. */
    async chooseAdded() {
      const added = patients.lastAdded()
      if (added === null) return
      try {
        const people = await patients.list()
        if (this.gone) return
        patients.takenUp()
        this.setData({ patients: people, missing: '' })
        this.choosePerson(added)
      } catch (failure) {
        if (!this.gone) this.setData({ missing: failure.message })
      }
    },

    /** Pulled down, or something is out of date: services, prices and patients of now; what was typed stays. */
    async renew() {
      const [found, people] = await Promise.all([catalog.refresh({ force: true }), patients.list()])
      if (this.gone) return
      this.setData({ services: found.services, hospitals: found.hospitals, patients: people })
      this.take(this.data.fields, this.data.savedId)
    },

    async refresh() {
      if (this.data.state !== PAGE.CONTENT) return this.reload()
      await this.renew().catch((failure) => dialogue.say(failure.message))
      await this.chooseAdded()
    },

    addPatient() {
      this.closeSheet()
      const url = '/pages/patient-edit/patient-edit'
      // The tenth page is replaced: from there the form is opened anew, and finds its draft.
      openPage(url, `${url}?next=${encodeURIComponent(this.address())}`)
    },

    /** This form, as it is opened anew. */
    address() {
      const { savedId, again, serviceId, hospitalId } = this.data
      if (savedId) return `/pages/order/order?id=${savedId}&edit=1`
      return again ? `/pages/order/order?again=${again}` : `/pages/order/order?serviceId=${serviceId}&hospitalId=${hospitalId}`
    },

    openSheet(event) {
      this.setData({ sheet: event.currentTarget.dataset.sheet })
    },

    closeSheet() {
      this.setData({ sheet: SHEET.NONE })
    },

    chooseService(event) {
      this.change({ serviceId: event.currentTarget.dataset.id })
    },

    chooseHospital(event) {
      this.change({ hospitalId: event.currentTarget.dataset.id })
    },

    choosePatient(event) {
      this.choosePerson(event.currentTarget.dataset.id)
    },

    /** Whose unpaid order it would meet is asked about at once. */
    choosePerson(friendid) {
      this.change({ friendid })
      this.askAboutTheirs()
    },

    chooseDay(event) {
      this.change({ wantTime: event.currentTarget.dataset.day })
    },

    pickDay(event) {
      this.change({ wantTime: event.detail.value })
    },

    onType(event) {
      this.change({ [event.currentTarget.dataset.name]: event.detail.value })
    },

    /** The tick can be taken back at any time; setting it goes through the terms. */
    toggleTerms() {
      if (this.data.accepted) this.setData({ accepted: false })
      else this.setData({ sheet: SHEET.TERMS })
    },

    acceptTerms() {
      this.setData({ accepted: true, sheet: SHEET.NONE })
    },

    ...sending,
    ...days,
    ...unpaidOrders,
    ...refundRule,

    retryRule() {
      this.loadRule()
    },

    callUs() {
      dialogue.call()
    },

    pay() {
      this.renewDays()
      const { fields, accepted } = this.data
      const wrong = complaints(fields, Date.now())
      if (wrong.wantTime && this.data.wrong.wantTime) wrong.wantTime = this.data.wrong.wantTime // it says which day is over
      if (firstWrong(wrong)) return this.showWrong(wrong)
      if (!accepted) return this.setData({ sheet: SHEET.TERMS })
      return sendOnce(this, 'paying', async () => {
        await messages.askInTap(this)
        if (!this.gone) await this.sendOrder(wireOf(fields))
      })
    },

    showWrong(wrong) {
      const first = firstWrong(wrong)
      this.setData({ wrong })
      dialogue.say(wrong[first])
      scrollToField(this, first)
    },
  },
})
