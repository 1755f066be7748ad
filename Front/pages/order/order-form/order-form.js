const catalog = require('../../../services/catalog')
const orders = require('../../../services/orders')
const patients = require('../../../services/patients')
const drafts = require('../../../services/drafts')
const dialogue = require('../../../services/dialogue')
const { payAndConfirm } = require('../../../services/payment')
const { session } = require('../../../services/server')
const { PAGE, PAYMENT, PROGRESS } = require('../../../services/states')
const { nearDays, dayFrom, readableDay } = require('../../../utils/dates')
const { sendOnce } = require('../../../utils/send-once')
const { scrollToField } = require('../../../utils/scroll-to')
const { OTHER_HOSPITAL, LIMITS, BLANK, startFields, fieldsOf, stillValid, usualPatient, complaints, firstWrong, wireOf } = require('./fields')

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
    chosen: { service: '', unit: '', price: '', hospital: '', patient: '', day: '' },
    days: [],
    nearDay: false,
    firstDay: '',
    lastDay: '',
    limits: LIMITS,
    otherHospital: OTHER_HOSPITAL,
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
      const editing = mine.find((order) => String(order.id) === this.data.orderId && order.progress === PROGRESS.UNPAID)
      const waiting = mine.find((order) => order.progress === PROGRESS.UNPAID)
      this.setData({
        services: found.services,
        hospitals: found.hospitals,
        patients: people,
        days: nearDays(now),
        firstDay: dayFrom(now, 0),
        lastDay: dayFrom(now, 365),
        state: PAGE.CONTENT,
        previous: !editing && waiting ? { ...waiting, day: readableDay(waiting.wantTime, now) } : null,
      })
      this.usual = usualPatient(people, mine)
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
    },

    onPageShow() {
      const added = patients.takeJustAdded()
      if (added === null || this.data.state !== PAGE.CONTENT) return
      patients.list().then((people) => {
        this.setData({ patients: people })
        this.change({ friendid: added })
      }).catch((failure) => dialogue.say(failure.message))
    },

    addPatient() {
      this.closeSheet()
      wx.navigateTo({ url: '/pages/patient-edit/patient-edit' })
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

    continuePrevious() {
      const { previous } = this.data
      this.setData({ previous: null })
      this.takeOrder(previous)
    },

    deletePrevious() {
      return sendOnce(this, 'deleting', async () => {
        await orders.remove(this.data.previous.id)
        this.setData({ previous: null })
        dialogue.say('已删除', 'success')
      })
    },

    pay() {
      const { fields, accepted } = this.data
      const wrong = complaints(fields, Date.now())
      if (firstWrong(wrong)) return this.showWrong(wrong)
      if (!accepted) return this.setData({ sheet: SHEET.TERMS })
      return sendOnce(this, 'paying', () => this.sendOrder(wireOf(fields)))
    },

    showWrong(wrong) {
      const first = firstWrong(wrong)
      this.setData({ wrong })
      dialogue.say(wrong[first])
      scrollToField(this, first)
    },

    async sendOrder(wire) {
      let created
      try {
        created = await orders.create(wire)
      } catch (failure) {
        const wrong = Object.keys(failure.fields).reduce((all, name) => ({ ...all, [name]: failure.about(name) }), {})
        if (firstWrong(wrong)) return this.showWrong(wrong)
        throw failure
      }
      // From here on the order exists: the draft has done its work, a further tap pays the same order.
      drafts.clear()
      this.setData({ savedId: created.id })
      const outcome = await payAndConfirm(created.payment, created.id, () => wx.showLoading({ title: '正在确认付款', mask: true }))
      wx.hideLoading()
      this.afterPayment(outcome, created.id)
    },

    afterPayment(outcome, id) {
      if (this.gone) return
      if (outcome === PAYMENT.PAID || outcome === PAYMENT.UNCONFIRMED) {
        wx.redirectTo({ url: `/pages/order/order?id=${id}&paid=${outcome}` })
      } else if (outcome === PAYMENT.CANCELLED) {
        dialogue.say('您取消了付款。订单已保留，可以再次点击付款。')
      } else {
        dialogue.say('付款没有成功。订单已保留，可以再次点击付款。')
      }
    },
  },
})
