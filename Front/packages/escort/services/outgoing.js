// The queue of this phone, wired to its storage, files and network.

const { server } = require('../../../services/server')
const { ESCORT_QUEUE } = require('../../../services/storage-keys')
const { createQueue, WHAT } = require('./queue')

/** While something waits, it is tried again this often. */
const RETRY_MS = 15000

const ADDRESS = { [WHAT.STEP]: 'escort/step/', [WHAT.CALLED]: 'escort/called/', [WHAT.TROUBLE]: 'escort/trouble/' }

function send(entry) {
  const { what, orderId, actionId, stepActionId, phoneTime, body, filePath } = entry
  if (what === WHAT.CONFIRM) return server.post('escort/confirmJob/', { id: orderId })
  if (what === WHAT.PHOTO) {
    const query = `id=${orderId}&stepActionId=${stepActionId}&actionId=${actionId}`
    return server.upload(`escort/photo/?${query}`, 'file', filePath)
  }
  return server.post(ADDRESS[what], { ...body, id: orderId, actionId, phoneTime })
}

const queue = createQueue({
  storage: {
    read: () => wx.getStorageSync(ESCORT_QUEUE) || [],
    write: (entries) => (entries.length ? wx.setStorageSync(ESCORT_QUEUE, entries) : wx.removeStorageSync(ESCORT_QUEUE)),
  },
  send,
  removeFile: (filePath) => wx.getFileSystemManager().unlink({ filePath, fail() {} }),
})

const LETTERS = '0123456789abcdefghijklmnopqrstuvwxyz'

/** A new mark for something that was pressed: the server takes the same mark once. Two phones of one escort never agree. */
function newActionId() {
  let id = Date.now().toString(36)
  while (id.length < 24) id += LETTERS[Math.floor(Math.random() * LETTERS.length)]
  return id
}

/** Keeps what was pressed and begins to send. */
function press(what, orderId, body = {}) {
  const actionId = newActionId()
  queue.add({ actionId, orderId, what, phoneTime: Date.now(), body })
  queue.flush()
  return actionId
}

/** Keeps a photo of a step. The phone's own copy is needed: a chosen picture's file is gone with the program. */
function keepPhoto(orderId, stepActionId, tempFilePath) {
  return new Promise((resolve) => {
    const add = (filePath) => {
      queue.add({ actionId: newActionId(), orderId, stepActionId, what: WHAT.PHOTO, phoneTime: Date.now(), filePath })
      resolve()
    }
    wx.getFileSystemManager().saveFile({ tempFilePath, success: ({ savedFilePath }) => add(savedFilePath), fail: () => add(tempFilePath) })
  })
}

/**
 * While a page is open: sends what waits, again when the network is back and every quarter of a minute, and tells the
 * page of every change. Returns the way to stop that.
 */
function attend(onChange) {
  const stopWatching = queue.watch(onChange)
  const onNetwork = ({ isConnected }) => { if (isConnected) queue.flush() }
  wx.onNetworkStatusChange(onNetwork)
  const timer = setInterval(() => { if (queue.waiting().some((entry) => !entry.refused)) queue.flush() }, RETRY_MS)
  queue.flush()
  return () => {
    stopWatching()
    if (wx.offNetworkStatusChange) wx.offNetworkStatusChange(onNetwork)
    clearInterval(timer)
  }
}

module.exports = { queue, press, keepPhoto, attend, newActionId, WHAT }
