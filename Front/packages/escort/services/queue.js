// What an escort has pressed and the server does not know yet: kept on the phone until it does, sent in the order in
// which it was pressed. Apart from any platform.

/** Kinds of what waits. */
const WHAT = { STEP: 'step', PHOTO: 'photo', CALLED: 'called', TROUBLE: 'trouble', CONFIRM: 'confirm' }

const { ERROR } = require('../../../services/states')

/** Statuses that end by themselves; 0: no answer came. */
const PASSING = [0, 401, 408, 429]

/** An answer that is not our server's: of a hospital's network that wants a login first, or of a proxy. */
const isForeign = ({ slug, status }) => slug === ERROR.UNREADABLE || (slug === `http_${status}` && status !== 413)

/** Failures after which the same thing is sent again. */
const passes = (failure) => PASSING.includes(failure.status) || failure.status >= 500 || isForeign(failure)

/**
 * @param {object} parts
 * @param {{read(): object[], write(entries: object[]): void}} parts.storage  outlives the program
 * @param {(entry: object) => Promise<void>} parts.send  rejects with a Failure
 * @param {(path: string) => void} parts.removeFile  forgets a file that was kept for a photo
 */
function createQueue({ storage, send, removeFile }) {
  let running = null
  const listeners = new Set()

  const entries = () => storage.read()

  function write(changed) {
    storage.write(changed)
    listeners.forEach((listener) => listener())
  }

  function drop(actionId) {
    const gone = entries().find((entry) => entry.actionId === actionId)
    if (gone && gone.filePath) removeFile(gone.filePath)
    write(entries().filter((entry) => entry.actionId !== actionId))
  }

  /** The server will never take it: it stays, with the reason, until the escort has read it. Its photos fail with it. */
  function refuse(actionId, reason) {
    write(entries().map((entry) => (entry.actionId === actionId || entry.stepActionId === actionId ? { ...entry, refused: reason } : entry)))
  }

  async function sendAll() {
    let sent = 0
    for (;;) {
      const next = entries().find((entry) => !entry.refused)
      if (!next) return sent
      try {
        await send(next)
      } catch (failure) {
        if (passes(failure)) return sent
        refuse(next.actionId, failure.message)
        continue
      }
      drop(next.actionId)
      sent += 1
    }
  }

  return {
    /** Everything that waits of an order, oldest first; of all orders without one. */
    waiting: (orderId) => entries().filter((entry) => orderId === undefined || entry.orderId === orderId),

    /** @param {object} entry  {actionId, orderId, what, phoneTime, body, filePath?, stepActionId?} */
    add(entry) {
      write([...entries(), { ...entry, refused: '' }])
    },

    /** Sends what waits, one after the other; resolves with how many went. Calls at the same time share one round. */
    flush() {
      if (!running) running = sendAll().finally(() => { running = null })
      return running
    },

    /** The escort has read why it was refused. */
    dismiss(actionId) {
      entries().filter((entry) => entry.stepActionId === actionId).forEach((photo) => drop(photo.actionId))
      drop(actionId)
    },

    /** Calls back after every change; returns the way to stop that. */
    watch(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

module.exports = { createQueue, WHAT }
