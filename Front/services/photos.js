// Pictures that only the caller may see: an <image> sends no warrant, so each is fetched once and shown from the phone.

const { server } = require('./server')

/** address on the server → promise of the path on this phone; gone with the program. */
const fetched = new Map()

/** The path on this phone of a picture of a visit; '' when it does not come. */
function file(path) {
  if (!fetched.has(path)) {
    fetched.set(path, server.download(path).catch(() => {
      fetched.delete(path) // the next look tries again
      return ''
    }))
  }
  return fetched.get(path)
}

/** The paths on this phone of several pictures, those that came, in their order. */
const files = async (paths) => (await Promise.all(paths.map(file))).filter(Boolean)

module.exports = { file, files }
