// A phone for tests: storage, network and dialogues of the wx API, and Page() and Component() that hand back what they got.

const path = require('node:path')

const root = path.join(__dirname, '..')

/** Installs a fresh phone and forgets the program's modules, so that each test starts the program. */
function freshPhone() {
  for (const name of Object.keys(require.cache)) if (name.startsWith(root) && !name.startsWith(__dirname) && !name.includes('node_modules')) delete require.cache[name]
  const phone = {
    storage: new Map(),
    requests: [],
    said: [],
    /** The answer to every question. */
    sure: true,
    opened: [],
    answer: () => ({ statusCode: 404, data: { code: 404, error: 'not_found', msg: '没有' } }),
    login: () => 'code',
    cashier: () => 'ok',
    modern: true,
    receipts: [],
    receipt: () => 'ok',
    pages: 1,
    title: '',
    subscribe: [],
  }
  const later = (work) => setImmediate(work)
  global.wx = {
    sandboxServerUrl: 'https://server.test/',
    getStorageSync: (key) => (phone.storage.has(key) ? phone.storage.get(key) : ''),
    setStorageSync: (key, value) => phone.storage.set(key, value),
    removeStorageSync: (key) => phone.storage.delete(key),
    login: ({ success, fail }) => later(() => {
      const code = phone.login()
      if (code) success({ code })
      else fail({ errMsg: 'login:fail' })
    }),
    request: (options) => {
      phone.requests.push(options)
      later(() => {
        const answer = phone.answer(options)
        if (answer.errMsg) options.fail(answer)
        else options.success({ header: {}, statusCode: 200, ...answer })
      })
    },
    requestPayment: ({ success, fail }) => later(() => {
      const outcome = phone.cashier()
      if (outcome === 'ok') success({})
      else fail({ errMsg: `requestPayment:fail ${outcome}` })
    }),
    canIUse: () => phone.modern,
    requestMerchantTransfer: (options) => {
      phone.receipts.push(options.package)
      later(() => {
        const outcome = phone.receipt()
        if (outcome === 'ok') options.success({})
        else options.fail({ errMsg: `requestMerchantTransfer:fail ${outcome}` })
      })
    },
    requestSubscribeMessage: ({ tmplIds, success }) => {
      phone.subscribe.push(tmplIds)
      later(() => success({}))
    },
    createSelectorQuery: () => ({ in: () => ({ select: () => ({ boundingClientRect: () => ({ selectViewport: () => ({ scrollOffset: () => ({ exec() {} }) }) }) }) }) }),
    pageScrollTo() {},
    showToast: ({ title }) => phone.said.push(title),
    showModal: ({ content, success }) => {
      phone.said.push(content)
      if (success) later(() => success({ confirm: phone.sure }))
    },
    showLoading() {},
    hideLoading() {},
    stopPullDownRefresh() {},
    navigateTo: ({ url, fail }) => {
      if (phone.pages < 10) phone.opened.push(url)
      else fail({ errMsg: 'navigateTo:fail webview count limit exceed' })
    },
    redirectTo: ({ url }) => phone.opened.push(url),
    switchTab: ({ url }) => phone.opened.push(url),
    setNavigationBarTitle: ({ title }) => { phone.title = title },
    makePhoneCall: ({ phoneNumber }) => phone.opened.push(`tel:${phoneNumber}`),
  }
  return phone
}

/** Loads a page's or component's file and returns a living instance with setData. */
function live(file, properties = {}) {
  let options
  global.Page = (given) => { options = given }
  global.Component = (given) => { options = given }
  global.Behavior = (given) => given
  require(path.join(root, file))
  const parts = [...(options.behaviors || []).filter((one) => typeof one === 'object'), options]
  const data = JSON.parse(JSON.stringify(Object.assign({}, ...parts.map((part) => part.data))))
  const instance = { ...options, ...Object.assign({}, ...parts.map((part) => part.methods)), data: { ...data, ...properties } }
  instance.lifetimes = {}
  for (const name of ['attached', 'detached']) {
    const all = parts.map((part) => part.lifetimes && part.lifetimes[name]).filter(Boolean)
    instance.lifetimes[name] = function run() { all.forEach((one) => one.call(this)) }
  }
  instance.setData = (changes) => {
    Object.assign(instance.data, changes)
    for (const name of Object.keys(options.observers || {})) if (name in changes) options.observers[name].call(instance, changes[name])
  }
  instance.triggerEvent = (name, detail) => (instance.events = instance.events || []).push({ name, detail })
  return instance
}

/** Waits until a condition holds; fails after a second. */
async function until(condition) {
  const end = Date.now() + 1000
  while (!condition()) {
    if (Date.now() > end) throw new Error(`never happened: ${condition}`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

module.exports = { root, freshPhone, live, until }
