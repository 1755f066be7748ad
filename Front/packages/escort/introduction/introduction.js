const { definePage } = require('../../../pages/define-page')
const desk = require('../services/desk')
const dialogue = require('../../../services/dialogue')
const pictures = require('../../../services/pictures')
const typed = require('../../../services/typed')

const FORM = 'escortIntroduction'
const MAX_YEARS = 60

Page(definePage({
  data: { profile: null, waiting: null, portrait: '', introduction: '', years: '', shown: false, wrong: {}, sending: false, uploading: false },

  async load() {
    const found = await desk.introduction()
    const { introduction = '', years = 0, portrait = '' } = found.waiting || found.profile || {}
    const shown = !!(found.profile && found.profile.shown)
    return { ...found, portrait, introduction, years: years ? String(years) : '', shown, ...typed.read(FORM) }
  },

  onType(event) {
    const { name } = event.currentTarget.dataset
    this.setData({ [name]: event.detail.value, wrong: { ...this.data.wrong, [name]: '' } })
    this.keep()
  },

  toggleShown() {
    this.setData({ shown: !this.data.shown })
    this.keep()
  },

  keep() {
    const { introduction, years, shown } = this.data
    typed.keep(FORM, { introduction, years, shown })
  },

  async choosePortrait() {
    const [chosen] = await pictures.choose(1)
    if (chosen) await this.upload(chosen)
  },

  upload(filePath) {
    return this.sendOnce('uploading', async () => {
      await desk.uploadPortrait(filePath)
      this.setData({ portrait: filePath })
      dialogue.say('照片已提交，办公室看过后显示')
    })
  },

  save() {
    const { introduction, years, shown } = this.data
    const number = Number(years || 0)
    const wrong = { years: Number.isInteger(number) && number >= 0 && number <= MAX_YEARS ? '' : `请填 0 到 ${MAX_YEARS} 的整数` }
    this.setData({ wrong })
    if (wrong.years) return
    return this.sendOnce('sending', async () => {
      await desk.saveIntroduction({ introduction: introduction.trim(), years: number, shown })
      typed.forget(FORM)
      await this.refresh()
      dialogue.say('已提交，办公室看过后显示')
    })
  },
}))
