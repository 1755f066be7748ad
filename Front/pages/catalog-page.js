// A page that shows the catalog: what the phone has cached, then what the server answers.

const { definePage } = require('./define-page')
const catalog = require('../services/catalog')
const { PAGE } = require('../services/states')

/** As definePage(), with dataOf(catalog) instead of load(): what load() would give for this catalog. */
function catalogPage({ dataOf, data, onShow, ...options }) {
  return definePage({
    ...options,

    data: { ...data, version: null },

    async load() {
      const known = this.data.state === PAGE.LOADING && catalog.cached()
      return this.lookAt(known || await catalog.refresh({ force: this.data.state !== PAGE.LOADING }))
    },

    lookAt(found) {
      return { version: found.version, ...dataOf.call(this, found) }
    },

    /** Coming back: a first look that failed or was empty may be over, and a later one out of date. */
    onShow() {
      if (onShow) onShow.call(this)
      if (this.data.state === PAGE.FAILED) return this.reload()
      catalog.refresh().then((fresh) => {
        const { version } = this.data
        if (version !== null && fresh.version !== version && !this.gone) this.take(this.lookAt(fresh))
      }).catch(() => {}) // what is on the screen stays good; a first visit's failure is shown by load()
    },
  })
}

module.exports = { catalogPage }
