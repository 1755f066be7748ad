// wx storage: in localStorage, apart for every person. As in WeChat, values keep their type and 10 MB are available (the
// browser gives about 5).
import { currentPerson, storagePrefix } from '../settings.js'

const prefix = storagePrefix(currentPerson().id)
const keys = () => Object.keys(localStorage).filter((key) => key.startsWith(prefix))
const LIMIT_KB = 10240

function read(key) {
  const text = localStorage.getItem(prefix + key)
  return text === null ? undefined : JSON.parse(text).data
}

export const synchronous = {
  getStorageSync: (key) => read(key) ?? '',
  setStorageSync(key, data) {
    localStorage.setItem(prefix + key, JSON.stringify({ data }))
  },
  removeStorageSync(key) {
    localStorage.removeItem(prefix + key)
  },
  clearStorageSync() {
    keys().forEach((key) => localStorage.removeItem(key))
  },
  getStorageInfoSync() {
    const bytes = keys().reduce((sum, key) => sum + key.length + localStorage.getItem(key).length, 0)
    return {
      keys: keys().map((key) => key.slice(prefix.length)),
      currentSize: Math.ceil(bytes / 1024),
      limitSize: LIMIT_KB,
    }
  },
}

export const asynchronous = {
  getStorage({ key }) {
    const data = read(key)
    if (data === undefined) throw 'data not found'
    return { data }
  },
  setStorage({ key, data }) {
    synchronous.setStorageSync(key, data)
  },
  removeStorage({ key }) {
    synchronous.removeStorageSync(key)
  },
  clearStorage() {
    synchronous.clearStorageSync()
  },
  getStorageInfo: () => synchronous.getStorageInfoSync(),
}
