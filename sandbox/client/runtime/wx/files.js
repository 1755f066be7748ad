// Files of the phone that outlive the program. A saved file is kept whole in its path, as a data: address, so that what
// remembers the path remembers the file.
import { fail, succeed } from './convention.js'

async function asDataUrl(path) {
  const blob = await (await fetch(path)).blob()
  return new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.onload = () => resolve(reader.result)
    reader.onerror = () => reject(reader.error)
    reader.readAsDataURL(blob)
  })
}

const manager = {
  saveFile(options) {
    asDataUrl(options.tempFilePath).then(
      (savedFilePath) => succeed('saveFile', options, { savedFilePath }),
      () => fail('saveFile', options, 'tempFilePath file not exist'),
    )
  },
  unlink: (options) => succeed('unlink', options),
}

export const synchronous = { getFileSystemManager: () => manager }
