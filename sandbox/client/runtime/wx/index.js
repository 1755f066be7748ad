// Puts the wx object together. A function nobody wrote is reported as missing and fails, instead of breaking the page.
import { hook, reportWarning } from '../hook.js'
import { router } from '../pages.js'
import * as application from '../application.js'
import * as account from './account.js'
import * as business from './business.js'
import { asynchronous, fail, record } from './convention.js'
import * as device from './device.js'
import * as dialogs from './dialogs.js'
import * as files from './files.js'
import * as media from './media.js'
import './open-types.js'
import * as payment from './payment.js'
import * as permissions from './permissions.js'
import { guarded } from './permissions.js'
import { downloadFile, request, uploadFile } from './request.js'
import * as storage from './storage.js'
import * as transfers from './transfers.js'
import * as views from './views.js'

const PARTS = [
  application,
  account,
  business,
  device,
  dialogs,
  files,
  media,
  payment,
  permissions,
  storage,
  transfers,
  views,
]

// Moving happens after the calling code ran, as in WeChat.
const later = (move) => async (options) => {
  await null
  return move(options)
}

function assemble() {
  const wx = { env: { USER_DATA_PATH: 'wxfile://usr' }, request, uploadFile, downloadFile, cloud: undefined }
  for (const part of PARTS) {
    for (const [name, run] of Object.entries(part.synchronous ?? {})) {
      wx[name] = (...args) => {
        if (!/^(on|off|nextTick|create|getFileSystemManager)/.test(name))
          record(
            name,
            args.map((arg) => (typeof arg === 'object' ? null : arg)),
          )
        return run(...args)
      }
    }
    for (const [name, run] of Object.entries(part.asynchronous ?? {})) wx[name] = asynchronous(name, guarded(name, run))
  }
  for (const [name, move] of Object.entries(router)) wx[name] = asynchronous(name, later(move))
  return wx
}

const missing = (name) => (options) => {
  reportWarning(`wx.${name} 在浏览器里没有实现`)
  const result = fail(
    name,
    options && typeof options === 'object' ? options : {},
    'not supported in the browser client',
  )
  return options?.fail || options?.success || options?.complete ? undefined : Promise.reject(result)
}

const NOT_FUNCTIONS = new Set(['then', 'toJSON', 'cloud', 'sandboxServerUrl'])

export const wx = new Proxy(assemble(), {
  get: (target, name) =>
    name in target || typeof name !== 'string' || NOT_FUNCTIONS.has(name) ? target[name] : missing(name),
})
hook.wx = wx
