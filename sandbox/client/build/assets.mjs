// Pictures and sounds of the mini-program: copied under a name that carries a hash of the content, so that the browser may
// keep them for ever. The runtime turns "/images/x.png" into the copy's address.
import crypto from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'

const MEDIA = /\.(png|jpe?g|gif|svg|webp|ico|mp3|wav|m4a|mp4|woff2?|ttf)$/i
const SKIP = new Set(['node_modules', 'miniprogram_npm'])

export const contentHash = (data) => crypto.createHash('sha256').update(data).digest('hex').slice(0, 10)

/** Map of "images/x.png" → {name: "assets/x.<hash>.png", data}. */
export function collectAssets(root) {
  const found = new Map()
  for (const file of walk(root, '')) {
    const data = fs.readFileSync(path.join(root, file))
    const { name, ext } = path.posix.parse(file)
    found.set(file, { name: `assets/${name}.${contentHash(data)}${ext}`, data })
  }
  return found
}

function* walk(root, folder) {
  for (const entry of fs.readdirSync(path.join(root, folder), { withFileTypes: true })) {
    if (entry.name.startsWith('.') || SKIP.has(entry.name)) continue
    const file = path.posix.join(folder, entry.name)
    if (entry.isDirectory()) yield* walk(root, file)
    else if (MEDIA.test(entry.name)) yield file
  }
}
