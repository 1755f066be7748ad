const loading = require('../../../behaviors/loading')
const catalog = require('../../../services/catalog')
const orders = require('../../../services/orders')
const patients = require('../../../services/patients')
const drafts = require('../../../services/drafts')
const dialogue = require('../../../services/dialogue')
const terms = require('../../../services/terms')
const { PAGE } = require('../../../services/states')
const { dayFrom } = require('../../../utils/dates')
const { OTHER_HOSPITAL, LATER, CONTACT, LIMITS, BLANK, STEP, startFields, fieldsOf, stillValid, usualPatient } = require('./fields')
const { describe } = require('./description')
const { choosing } = require('./choosing')
const { walking } = require('./walking')
const { sending } = require('./sending')
const { refundRule } = require('./rule')
const { bookingDays, pastDay } = require('./days')
const { unpaidOrders, unpaidOnes } = require('./unpaid')
const { APPOINTMENTS, MOBILITIES, HEARINGS } = require('../../../texts/visit-words')

const SHEET = { NONE: '', SERVICE: 'service', HOSPITAL: 'hospital', PATIENT: 'patient', CALENDAR: 'calendar', TERMS: 'terms' }

/**
 * A new order, an earlier one once more (`again`), or an unpaid one with changes, in three steps: what, who and when,
 * look over and pay.
 */
Component({
  behaviors: [loading],

  properties: { orderId: String, openAt: String, again: String, day: String, serviceId: String, hospitalId: String, department: String, escortId: String },

  data: {
    step: STEP.WHAT,
    fields: BLANK,
    wrong: {},
    services: [],
    hospitals: [],
    patients: [],
    /** Why a patient who was just added is not among them, '' when nobody is missing. */
    missing: '',
    /** What the chosen ids are called, and what follows from them: description.js. */
    chosen: {},
    variants: [],
    nearHospitals: [],
    questions: [],
    errand: false,
    besides: [],
    appointments: APPOINTMENTS,
    mobilities: MOBILITIES,
    hearings: HEARINGS,
    contacts: [],
    /** Who is asked for to come, '' while nobody is. */
    escortName: '',
    /** The patient's usual hospital has taken the place of another one: which. */
    placeNote: '',
    days: [],
    closed: [],
    farDay: false,
    daysFailure: '',
    times: [],
    allTimes: false,
    later: LATER,
    laterNote: '',
    calendar: { title: '', days: [], closed: [], earlier: false, later: false },
    limits: LIMITS,
    otherHospital: OTHER_HOSPITAL,
    otherContact: CONTACT.OTHER,
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
    /** The terms were opened by the button that pays: accepting them goes on paying. */
    payingTerms: false,
    paying: false,
    /** The order that waits for payment and is changed by the form, '' for none. */
    savedId: '',
  },

  lifetimes: {
    attached() {
      this.setData({ accepted: terms.accepted() })
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
      this.mine = mine
      this.unpaid = unpaidOnes(mine)
      const editing = this.unpaid.find((order) => String(order.id) === orderId) || null
      if (orderId && !editing) return this.openOrder(orderId)
      this.bookingDays = found.bookingDays
      this.timeStep = found.visits.timeStep
      this.setData({ services: found.services, hospitals: found.hospitals, patients: people, state: PAGE.CONTENT, previous: null })
      const added = patients.lastAdded()
      this.usual = usualPatient(people, mine, added)
      patients.takenUp()
      if (editing) await this.takeOrder(editing)
      else this.takeNew(earlier)
      if (people.some((patient) => patient.id === added)) this.change({ friendid: added })
      if (!editing) this.askAbout(this.unpaid[0])
    },

    /** A new order: what was typed before, else the earlier one that is booked once more, on another day. */
    takeNew(earlier) {
      const draft = drafts.read(this.form(''))
      const came = { serviceId: this.data.serviceId, hospitalId: this.data.hospitalId, department: this.data.department, escortId: this.data.escortId }
      if (earlier && !draft) return this.takeAgain(earlier)
      const fields = startFields(draft, came)
      const untouched = !draft && !came.hospitalId
      if (!fields.serviceId) fields.serviceId = this.usualService()
      // Opened for something, the form begins with it; else where it was left.
      const opened = came.serviceId || came.hospitalId || came.department
      this.take(fields, '', opened ? STEP.WHAT : drafts.stepOf(this.form('')) || STEP.WHAT)
      if (untouched) this.takeUsualPlace()
    },

    /** An earlier order once more, on another day (`day`, when it is known), with the escort who came then; whose number is only known masked is asked. */
    takeAgain(earlier) {
      const { escort, preferredEscortId } = earlier
      const fields = fieldsOf(earlier, this.questionsOf(earlier.serviceId))
      const escortId = (escort && escort.id) || preferredEscortId || ''
      this.setData({ escortName: escort && escort.id ? escort.name : '' })
      const wantTime = this.data.day
      this.take({ ...fields, contact: CONTACT.PATIENT, keptPhone: '', wantTime, visitTime: '', escortId }, '', STEP.WHO)
    },

    /** An unpaid order, with the changes to it that were typed and not sent. What the list does not tell, its own page does. */
    async takeOrder(order) {
      const draft = drafts.read(order.id)
      const step = Number(this.data.openAt) || STEP.PAY
      if (draft) return this.take({ ...BLANK, ...draft }, order.id, step)
      const whole = await orders.earlier(order.id).catch(() => null)
      if (!this.gone) this.take(fieldsOf({ ...order, ...whole }, this.questionsOf(order.serviceId)), order.id, step)
      return undefined
    },

    questionsOf(serviceId) {
      const match = catalog.findVariant(this.data.services, serviceId)
      return match ? match.variant.questions : []
    },

    /** Whose draft is kept: see services/drafts.js. */
    form(savedId) {
      return savedId || (this.data.again ? `again ${this.data.again}` : '')
    },

    /** Puts these fields into the form. A patient who is gone is not replaced by another one unseen. */
    take(fields, savedId, step) {
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
      this.today = dayFrom(now, 0)
      this.setData({ fields: valid, savedId, step, wrong: past ? { wantTime: past } : {}, ...this.describe(valid, savedId) })
      this.loadRule()
      this.loadDays()
      this.nameEscort()
    },

    /** What the chosen ids are called, and everything on the page that follows from them. */
    describe(fields, savedId = this.data.savedId) {
      return {
        unpaidNote: this.noteOf(fields.friendid, savedId),
        ...describe(fields, this.data, this.mine || [], Date.now()),
        ...this.daysFor(fields),
      }
    },

    change(changes) {
      const fields = { ...this.data.fields, ...changes }
      const wrong = { ...this.data.wrong }
      Object.keys(changes).forEach((name) => delete wrong[name])
      this.setData({ fields, wrong, sheet: SHEET.NONE, ...this.describe(fields) })
      this.saveDraft()
      if ('wantTime' in changes || 'visitTime' in changes) this.loadRule()
      if ('serviceId' in changes || 'hospitalId' in changes) this.loadDays()
    },

    saveDraft() {
      drafts.save(this.data.fields, this.form(this.data.savedId), this.data.step)
    },

    onPageShow() {
      if (this.data.state !== PAGE.CONTENT) return
      this.renewDays()
      this.chooseAdded()
      if (this.data.chosen.lacksIdNumber || this.data.chosen.lacksPhone) this.learnPatients()
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

    /** The patient may have been completed on another page. */
    async learnPatients() {
      const people = await patients.list().catch(() => null)
      if (!people || this.gone) return
      this.setData({ patients: people })
      this.setData(this.describe(this.data.fields))
    },

    /** Pulled down, or something is out of date: services, prices and patients of now; what was typed stays. */
    async renew() {
      const [found, people] = await Promise.all([catalog.refresh({ force: true }), patients.list()])
      if (this.gone) return
      this.setData({ services: found.services, hospitals: found.hospitals, patients: people })
      this.take(this.data.fields, this.data.savedId, this.data.step)
    },

    async refresh() {
      if (this.data.state !== PAGE.CONTENT) return this.reload()
      await this.renew().catch((failure) => dialogue.say(failure.message))
      await this.chooseAdded()
    },

    /** This form, as it is reopened. */
    address() {
      const { savedId, again, serviceId, hospitalId } = this.data
      if (savedId) return `/pages/order/order?id=${savedId}&edit=1`
      return again ? `/pages/order/order?again=${again}` : `/pages/order/order?serviceId=${serviceId}&hospitalId=${hospitalId}`
    },

    openSheet(event) {
      this.setData({ sheet: event.currentTarget.dataset.sheet })
    },

    closeSheet() {
      this.setData({ sheet: SHEET.NONE, payingTerms: false })
    },

    callUs() {
      dialogue.call()
    },

    retryRule() {
      this.loadRule()
    },

    ...choosing,
    ...walking,
    ...sending,
    ...bookingDays,
    ...unpaidOrders,
    ...refundRule,
  },
})
