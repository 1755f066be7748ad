const { definePage } = require('../define-page')
const { go } = require('../../utils/go')

Page(definePage({ go }))
