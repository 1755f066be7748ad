const dialogue = require('../../../../services/dialogue')
const pictures = require('../../../../services/pictures')
const { STEP } = require('../../texts/steps')

const MAX_PHOTOS = 9

/** A step with a note, photos and the place, all optional but the note of a summary; sends `record` with {note, photos, place}. */
Component({
  properties: {
    visible: Boolean,
    step: Object,
    /** May notes and photos be recorded? */
    notes: Boolean,
  },

  data: { note: '', photos: [], place: null, wrong: '', maxPhotos: MAX_PHOTOS },

  observers: {
    visible(visible) {
      if (visible) this.setData({ note: '', photos: [], place: null, wrong: '' })
    },
  },

  methods: {
    close() {
      this.triggerEvent('close')
    },

    onType(event) {
      this.setData({ note: event.detail.value, wrong: '' })
    },

    async addPhotos() {
      const chosen = await pictures.choose(MAX_PHOTOS - this.data.photos.length, '不附照片也可以记录')
      this.setData({ photos: [...this.data.photos, ...chosen].slice(0, MAX_PHOTOS) })
    },

    removePhoto(event) {
      this.setData({ photos: this.data.photos.filter((_, index) => index !== event.currentTarget.dataset.index) })
    },

    look(event) {
      wx.previewImage({ urls: this.data.photos, current: this.data.photos[event.currentTarget.dataset.index] })
    },

    /** Where the phone is, only when the escort wishes it; without it the step is as good. */
    addPlace() {
      if (this.data.place) return this.setData({ place: null })
      wx.getLocation({ type: 'gcj02', success: ({ latitude, longitude }) => this.setData({ place: { latitude, longitude } }), fail: () => dialogue.say('没有取得位置，不附位置也可以记录') })
    },

    record() {
      const { note, photos, place, step } = this.data
      if (step.kind === STEP.SUMMARY && this.data.notes && !note.trim()) return this.setData({ wrong: '写一两句今天的情况' })
      this.triggerEvent('record', { note: note.trim(), photos, place: place || {} })
    },
  },
})
