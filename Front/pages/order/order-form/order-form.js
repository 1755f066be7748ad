const catalog = require('../../../services/catalog')
const orders = require('../../../services/orders')
const patients = require('../../../services/patients')
const drafts = require('../../../services/drafts')
const dialogue = require('../../../services/dialogue')
const messages = require('../../../services/messages')
const { stopWaiting } = require('../../../services/payment')
const { session } = require('../../../services/server')
const { PAGE, PROGRESS } = require('../../../services/states')
const { nearDays, dayFrom, readableDay } = require('../../../utils/dates')
const { openPage } = require('../../../utils/go')
const { sendOnce } = require('../../../utils/send-once')
const { scrollToField } = require('../../../utils/scroll-to')
const { OTHER_HOSPITAL, LIMITS, BLANK, startFields, fieldsOf, stillValid, usualPatient, complaints, firstWrong, wireOf } = require('./fields')
const { sending } = require('./sending')
const { refundRule } = require('./rule')

const SHEET = { NONE: '', SERVICE: 'service', HOSPITAL: 'hospital', PATIENT: 'patient', TERMS: 'terms' }

/** A new order, or an unpaid one once more: filled in, accepted, paid. */
Component({
  properties: { orderId: String, serviceId: String, hospitalId: String },

  data: {
    state: PAGE.LOADING,
    failure: '',
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
    previous: null,
    deleting: false,
    accepted: false,
    paying: false,
    /** The order that exists and waits for payment, '' for none: the form changes it instead of adding one. */
    savedId: '',
  },

  lifetimes: {
    attached() {
      this.reload()
    },
    detached() {
      this.gone = true
      stopWaiting(this)
    },
  },

  methods: {
    async reload() {
      session.forgetFailure()
      this.setData({ state: PAGE.LOADING, failure: '' })
      try {
        await this.load()
      } catch (failure) {
        if (!this.gone) this.setData({ state: PAGE.FAILED, failure: failure.message })
      }
    },

    async load() {
      const [found, people, mine] = await Promise.all([catalog.refresh(), patients.list(), orders.list()])
      if (this.gone) return
      const now = Date.now()
      const { orderId } = this.data
      const waiting = mine.find((order) => order.progress === PROGRESS.UNPAID)
      const editing = mine.find((order) => order.progress === PROGRESS.UNPAID && String(order.id) === orderId) || null
      if (orderId && !editing) return this.openOrder(orderId)
      this.setData({
        services: found.services,
        hospitals: found.hospitals,
        patients: people,
        days: nearDays(now),
        firstDay: dayFrom(now, 0),
        lastDay: dayFrom(now, found.bookingDays),
        state: PAGE.CONTENT,
        previous: !editing && waiting ? { ...waiting, day: readableDay(waiting.wantTime, now) } : null,
      })
      this.usual = usualPatient(people, mine, patients.lastAdded())
      patients.takenUp()
      if (editing) this.takeOrder(editing)
      else this.take(startFields(drafts.read(), { serviceId: this.data.serviceId, hospitalId: this.data.hospitalId }), '')
    },

    /** An unpaid order, with the changes to it that were typed and not sent. */
    takeOrder(order) {
      this.take(drafts.read(order.id) || fieldsOf(order), order.id)
    },

    /** Puts these fields into the form. */
    take(fields, savedId) {
      const { services, hospitals, patients: people } = this.data
      const valid = stillValid(fields, {
        variantIds: services.reduce((ids, service) => ids.concat(service.variants.map((variant) => variant.id)), []),
        hospitalIds: hospitals.map((hospital) => hospital.id),
        patientIds: people.map((patient) => patient.id),
        now: Date.now(),
      })
      if (!valid.friendid) valid.friendid = this.usual
      this.setData({ fields: valid, savedId, wrong: {}, ...this.describe(valid) })
      this.loadRule()
    },

    /** What the chosen ids are called. */
    describe(fields) {
      const { services, hospitals, patients: people, days } = this.data
      const match = catalog.findVariant(services, fields.serviceId)
      const hospital = hospitals.find((row) => row.id === fields.hospitalId)
      const patient = people.find((row) => row.id === fields.friendid)
      return {
        nearDay: days.some((day) => day.value === fields.wantTime),
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
      drafts.save(fields, this.data.savedId)
      if ('wantTime' in changes) this.loadRule()
    },

    onPageShow() {
      if (this.data.state !== PAGE.CONTENT) return
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
        this.change({ friendid: added })
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
      openPage('/pages/patient-edit/patient-edit')
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
      this.change({ friendid: event.currentTarget.dataset.id })
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
    ...refundRule,

    continuePrevious() {
      const { previous } = this.data
      this.setData({ previous: null })
      this.takeOrder(previous)
    },

    deletePrevious() {
      return sendOnce(this, 'deleting', async () => {
        const { id } = this.data.previous
        try {
          await orders.remove(id)
        } catch (failure) {
          if (failure.status === 409) return this.lookAgain(failure)
          if (failure.status !== 404) throw failure // expired, or deleted elsewhere: as good as deleted
        }
        drafts.clearOf(id)
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

    retryRule() {
      this.loadRule()
    },

    callUs() {
      dialogue.call()
    },

    pay() {
      const { fields, accepted } = this.data
      const wrong = complaints(fields, Date.now())
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
