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
    const { profile, waiting, portrait } = await desk.introduction()
    const { introduction, years } = waiting || profile
    return { profile, waiting, portrait, introduction, years: years ? String(years) : '', shown: profile.shown === 'y', ...typed.read(FORM) }
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
    const [chosen] = await pictures.choose(1, '不换照片也可以修改介绍')
    if (chosen) await this.upload(chosen)
  },

  upload(filePath) {
    return this.sendOnce('uploading', async () => {
      await desk.uploadPortrait(filePath)
      await this.refresh()
      dialogue.say('照片已提交，办公室看过后显示')
    })
  },

  async removePortrait() {
    const sure = await dialogue.ask({ title: '去掉照片', content: '照片马上不再显示，以后可以再上传。确定去掉吗？', confirmText: '去掉' })
    if (!sure) return
    await this.sendOnce('uploading', async () => {
      const { introduction, years } = this.data.waiting || this.data.profile
      await desk.saveIntroduction({ introduction, years, shown: this.data.profile.shown === 'y', removePortrait: true })
      await this.refresh()
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
