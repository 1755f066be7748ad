// The calling convention of the wx API: success, fail and complete callbacks, or a promise when none of them is given;
// errMsg is "<name>:ok" or "<name>:fail <reason>".
import { note, reportError } from '../hook.js'

/** Thrown by an implementation to fail with a reason and further fields. */
export class Failure {
  constructor(reason, fields = {}) {
    this.reason = reason
    this.fields = fields
  }
}

/** Calls the callbacks of `options`; returns the result they got. */
export function succeed(name, options, fields) {
  return finish(options, options.success, { errMsg: `${name}:ok`, ...fields })
}

export function fail(name, options, reason, fields) {
  return finish(options, options.fail, { errMsg: `${name}:fail${reason ? ` ${reason}` : ''}`, ...fields })
}

function finish(options, callback, result) {
  try {
    callback?.call(options, result)
  } catch (error) {
    reportError(error) // an error in a callback is the page's, and must not turn success into failure
  }
  try {
    options.complete?.call(options, result)
  } catch (error) {
    reportError(error)
  }
  return result
}

/**
 * Makes a wx function of an implementation that returns a result or throws a reason: a text or a Failure.
 * Anything else that is thrown is a bug of ours or of the page and is reported.
 */
export function asynchronous(name, implementation) {
  return (options = {}) => {
    record(name, options)
    const hasCallbacks = Boolean(options.success || options.fail || options.complete)
    const outcome = run(name, implementation, options)
    if (!hasCallbacks) return outcome
    outcome.catch(() => {})
    return undefined
  }
}

async function run(name, implementation, options) {
  let fields
  try {
    fields = await implementation(options)
  } catch (error) {
    if (error instanceof Failure) throw fail(name, options, error.reason, error.fields)
    if (typeof error === 'string') throw fail(name, options, error)
    reportError(error)
    throw fail(name, options, String(error))
  }
  return succeed(name, options, fields ?? {})
}

/** Remembers a call, for tests and for the panel. */
export function record(api, options) {
  note('calls', 'call', { api, options: plainCopy(options) })
}

function plainCopy(value) {
  try {
    return JSON.parse(JSON.stringify(value ?? null, (_, inner) => (typeof inner === 'function' ? undefined : inner)))
  } catch {
    return null // a cyclic argument
  }
}
