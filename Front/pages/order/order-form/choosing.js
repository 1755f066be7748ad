// The order form's methods about what, where and who.

const catalog = require('../../../services/catalog')
const escorts = require('../../../services/escorts')
const { TAKES } = require('../../../services/states')
const { openPage } = require('../../../utils/go')
const { LATER, usualPlace } = require('./fields')

const choosing = {
  /** The service to begin with: the patient's last one, else the first of the catalog in which an escort comes along. */
  usualService() {
    const { services } = this.data
    const last = this.mine.map(({ serviceId }) => catalog.findVariant(services, serviceId)).find(Boolean)
    const first = services.find(({ name, variants }) => name.includes('陪诊') && variants[0].takes !== TAKES.ERRAND) || services[0]
    const service = (last && last.service) || first
    return service ? (last ? last.variant.id : service.variants[0].id) : ''
  },

  /** Hospital and department of the chosen patient's last order. */
  takeUsualPlace() {
    const { fields, hospitals } = this.data
    const place = usualPlace(fields.friendid, this.mine)
    if (!place || fields.hospitalId !== '') return
    if (place.hospitalId && !hospitals.some(({ id }) => id === place.hospitalId)) return
    this.change(fields.department ? { ...place, department: fields.department } : place)
    this.placeOf = fields.friendid
  },

  chooseService(event) {
    const { id } = event.currentTarget.dataset
    this.takeService(id)
  },

  chooseVariant(event) {
    this.takeService(event.detail.value)
  },

  /** An errand needs no hour; going with a patient does. */
  takeService(serviceId) {
    const match = catalog.findVariant(this.data.services, serviceId)
    const errand = !!match && match.variant.takes === TAKES.ERRAND
    const { visitTime } = this.data.fields
    this.change({ serviceId, visitTime: errand && !visitTime ? LATER : (!errand && visitTime === LATER && this.data.errand ? '' : visitTime) })
  },

  chooseHospital(event) {
    this.takeHospital(event.currentTarget.dataset.id)
  },

  chooseNearHospital(event) {
    this.takeHospital(event.detail.value)
  },

  /** Campus and meeting point belong to their hospital. */
  takeHospital(hospitalId) {
    const another = hospitalId !== this.data.fields.hospitalId
    this.placeOf = null
    this.setData({ placeNote: '' })
    this.change(another ? { hospitalId, campus: '', meetingPoint: '' } : { hospitalId })
  },

  /** A choice of a list whose field is in data-name; tapping what is chosen takes it back where nothing has to be chosen. */
  choose(event) {
    const { name, optional } = event.currentTarget.dataset
    const { value } = event.detail
    this.change({ [name]: optional && this.data.fields[name] === value ? '' : value })
  },

  onType(event) {
    this.change({ [event.currentTarget.dataset.name]: event.detail.value })
  },

  /** 还不确定: the office settles the time. */
  leaveOpen() {
    this.change({ visitTime: LATER })
  },

  answer(event) {
    const { key } = event.currentTarget.dataset
    this.change({ answers: { ...this.data.fields.answers, [key]: event.detail.value } })
  },

  choosePatient(event) {
    this.choosePerson(event.currentTarget.dataset.id)
  },

  /** Whose unpaid order it would meet is asked about at once. The hospital follows, if it was the other patient's usual one. */
  choosePerson(friendid) {
    const { fields } = this.data
    const follows = fields.hospitalId === '' || (this.placeOf && this.placeOf !== friendid)
    const place = follows ? usualPlace(friendid, this.mine) : null
    const known = place && (!place.hospitalId || this.data.hospitals.some(({ id }) => id === place.hospitalId))
    this.change(known ? { friendid, ...place } : { friendid })
    if (known) {
      const moved = fields.hospitalId !== '' && place.hospitalId !== fields.hospitalId
      this.placeOf = friendid
      this.setData({ placeNote: moved ? `医院已换成上次去的 ${this.data.chosen.hospital}${place.department ? ` ${place.department}` : ''}` : '' })
    }
    this.askAboutTheirs()
  },

  /** Which escort is asked for; one who is not shown any more is asked for no longer. */
  async nameEscort() {
    const { escortId } = this.data.fields
    if (!escortId || this.data.escortName) return
    try {
      const { name } = await escorts.one(escortId)
      if (this.gone) return
      this.setData({ escortName: name })
      this.setData(this.describe(this.data.fields))
    } catch (failure) {
      if (!this.gone && failure.status === 404) this.change({ escortId: 0 })
    }
  },

  /** Anybody may come. */
  forgetEscort() {
    this.setData({ escortName: '' })
    this.change({ escortId: 0 })
  },

  addPatient() {
    this.closeSheet()
    const needed = `idcard=${this.data.chosen.needsIdNumber ? 'needed' : 'later'}`
    const url = '/pages/patient-edit/patient-edit'
    // The tenth page is replaced: from there the form is reopened, and finds its draft.
    const next = `next=${encodeURIComponent(this.address())}`
    openPage(`${url}?${needed}`, `${url}?${needed}&${next}`)
  },

  completePatient() {
    openPage(`/pages/patient-edit/patient-edit?id=${this.data.fields.friendid}`)
  },
}

module.exports = { choosing }
