const { dayAndTime, hourOf } = require('../../services/words')
const { openPage } = require('../../../../utils/go')

/** A visit in a list: when, where, who. Tapping opens it. */
Component({
  properties: {
    job: Object,
    /** The next one is shown large. */
    large: Boolean,
  },

  data: { when: '' },

  observers: {
    job(job) {
      if (job) this.setData({ when: dayAndTime(job.day, hourOf(job)) })
    },
  },

  methods: {
    open() {
      openPage(`/packages/escort/job/job?id=${this.data.job.id}`)
    },
  },
})
