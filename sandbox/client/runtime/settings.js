// What the developer chose: who is using the phone, and what the cashier does. Kept in the browser, shared by the phone and
// the panel (same origin). Several windows can be different persons: a window's own choice lives in sessionStorage.
//
// In the address: ?as=<person> (made when new), ?pay=<choice>, ?receive=<choice>, ?refuse=<call>:<choice>,… (or all:<choice>).

const PERSONS = 'sandbox:persons'
const CURRENT = 'sandbox:person'
const PAYMENT = 'sandbox:payment'
const TRANSFER = 'sandbox:transfer'
const NETWORK = 'sandbox:network'

/** The sandbox's own pages: the client lies below them, whatever prefix the server has. */
export const SANDBOX = new URL('../', location.origin + location.pathname)

/** What the next payment does. `ask` opens the cashier and lets the person at the screen decide. */
export const PAYMENT_CHOICES = {
  ask: '每次问我',
  success: '支付成功',
  cancel: '取消',
  fail: '支付失败',
  success_without_notify: '成功但丢失通知',
  success_notified_twice: '成功且通知两次',
}

const FIRST_PERSONS = [
  { id: 'zhangsan', name: '张三' },
  { id: 'lisi', name: '李四' },
  { id: 'wangwu', name: '王五' },
]

const read = (storage, key) => {
  try {
    return JSON.parse(storage.getItem(key))
  } catch {
    return null
  }
}
const write = (storage, key, value) => storage.setItem(key, JSON.stringify(value))

export const persons = () => read(localStorage, PERSONS) ?? FIRST_PERSONS

/** Adds a person and returns it. The id goes into login codes, so it is plain ASCII. */
export function addPerson(name) {
  const known = persons()
  const id = /^[a-z][a-z0-9]{0,31}$/i.test(name) ? name : `p${Math.random().toString(36).slice(2, 8)}`
  const person = known.find((one) => one.id === id) ?? { id, name }
  if (!known.includes(person)) write(localStorage, PERSONS, [...known, person])
  return person
}

export function currentPerson() {
  const id = read(sessionStorage, CURRENT) ?? read(localStorage, CURRENT)
  return persons().find((one) => one.id === id) ?? persons()[0]
}

export function choosePerson(id) {
  write(sessionStorage, CURRENT, id)
  write(localStorage, CURRENT, id)
}

/** Takes ?as= out of the address: it holds for one load, and after another choice it must not come back. */
export function forgetPersonInAddress() {
  const address = new URL(location.href)
  address.searchParams.delete('as')
  history.replaceState(null, '', address)
}

export function paymentChoice() {
  const choice = read(sessionStorage, PAYMENT) ?? 'ask'
  return choice in PAYMENT_CHOICES ? choice : 'ask'
}

/** What WeChat's page for receiving a transfer does; `old`: this WeChat does not have it. */
export const TRANSFER_CHOICES = {
  ask: '每次问我',
  confirm: '确认收款',
  close: '关掉页面',
  refuse: '拒绝',
  old: '微信太旧，没有收款页',
}

export function transferChoice() {
  const choice = read(sessionStorage, TRANSFER) ?? 'ask'
  return choice in TRANSFER_CHOICES ? choice : 'ask'
}

export const chooseTransfer = (choice) => write(sessionStorage, TRANSFER, choice)

export const choosePayment = (choice) => write(sessionStorage, PAYMENT, choice)

/** How the phone's network is: every request waits for a slow one and fails on none. */
export const NETWORK_CHOICES = { good: '正常', slow: '很慢（+2 秒）', none: '断网' }
export const SLOW_MS = 2000
export const networkChoice = () => read(sessionStorage, NETWORK) ?? 'good'
export const chooseNetwork = (choice) => write(sessionStorage, NETWORK, choice)

/** What WeChat asks about first, and what the panel calls it. */
export const GUARDED = {
  chooseAvatar: '头像',
  getPhoneNumber: '手机号',
  chooseMedia: '照片',
  chooseImage: '照片（旧接口）',
  getLocation: '位置',
  setClipboardData: '写剪切板',
  getClipboardData: '读剪切板',
  saveImageToPhotosAlbum: '保存到相册',
}
/** What becomes of such a call. `ask`: WeChat's own dialog about the privacy guide, once for each person. */
export const PERMISSION_CHOICES = {
  allow: '允许',
  ask: '先问隐私指引',
  disagree: '不同意隐私指引（104）',
  deny: '拒绝权限（103）',
  undeclared: '后台没有声明（112）',
}
const PERMISSIONS = 'sandbox:permissions'
const CONSENT = ':privacy-consent'
export const permissionChoice = (name) => {
  const choice = (read(sessionStorage, PERMISSIONS) ?? {})[name]
  return choice in PERMISSION_CHOICES ? choice : 'allow'
}
export const choosePermission = (name, choice) =>
  write(sessionStorage, PERMISSIONS, { ...read(sessionStorage, PERMISSIONS), [name]: choice })

/** Has the person agreed to the privacy guide? Clearing their data forgets it, as WeChat does with a deleted program. */
export const consent = () => read(localStorage, storagePrefix(currentPerson().id) + CONSENT) !== null
export const setConsent = () => write(localStorage, storagePrefix(currentPerson().id) + CONSENT, true)

/** Where one person's wx storage lies in localStorage. */
export const storagePrefix = (id) => `mp:${id}:`

export function clearStorageOf(id) {
  const prefix = storagePrefix(id)
  Object.keys(localStorage)
    .filter((key) => key.startsWith(prefix))
    .forEach((key) => localStorage.removeItem(key))
}

// An address may choose, once per load: before anything reads who the person is.
const wanted = new URLSearchParams(location.search)
if (wanted.get('as')) write(sessionStorage, CURRENT, addPerson(wanted.get('as')).id)
if (wanted.get('pay') in PAYMENT_CHOICES) choosePayment(wanted.get('pay'))
if (wanted.get('receive') in TRANSFER_CHOICES) chooseTransfer(wanted.get('receive'))
for (const pair of (wanted.get('refuse') ?? '').split(',')) {
  const [name, choice = 'deny'] = pair.split(':')
  for (const each of name === 'all' ? Object.keys(GUARDED) : [name])
    if (each in GUARDED && choice in PERMISSION_CHOICES) choosePermission(each, choice)
}
