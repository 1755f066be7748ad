// Writes the result: every file but index.html and manifest.json is named after its content, so it never goes stale, and
// lies beside a gzipped copy. The folder is filled under another name and then swapped in, so a page never sees half of it.
import fs from 'node:fs'
import path from 'node:path'
import zlib from 'node:zlib'
import { contentHash } from './assets.mjs'

const COMPRESSIBLE = /\.(js|css|html|svg|json)$/

export class Output {
  constructor(folder) {
    this.folder = path.resolve(folder)
    this.temporary = `${this.folder}.${process.pid}.new`
    this.sizes = {}
    fs.rmSync(this.temporary, { recursive: true, force: true })
    fs.mkdirSync(this.temporary, { recursive: true })
  }

  /** Writes "name.<hash>.ext" and returns that name. */
  addHashed(name, data) {
    const { name: stem, ext } = path.posix.parse(name)
    const hashed = `${stem}.${contentHash(data)}${ext}`
    this.add(hashed, data)
    return hashed
  }

  add(name, data) {
    const file = path.join(this.temporary, name)
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.writeFileSync(file, data)
    let size = Buffer.byteLength(data)
    if (COMPRESSIBLE.test(name) && size > 512) {
      const packed = zlib.gzipSync(data, { level: 9 })
      if (packed.length < size) fs.writeFileSync(`${file}.gz`, packed)
      size = Math.min(size, packed.length)
    }
    this.sizes[name] = size
  }

  /**
   * Writes manifest.json and puts the new folder in the old one's place. The manifest is dated back to the start of the
   * build (ms): a source that was changed while it ran is newer, and will be built again.
   */
  finish(started, facts) {
    const manifest = path.join(this.temporary, 'manifest.json')
    fs.writeFileSync(manifest, `${JSON.stringify({ sizes: this.sizes, ...facts }, null, 1)}\n`)
    fs.utimesSync(manifest, started / 1000, started / 1000)
    const old = `${this.folder}.${process.pid}.old`
    if (fs.existsSync(this.folder)) fs.renameSync(this.folder, old)
    fs.renameSync(this.temporary, this.folder)
    fs.rmSync(old, { recursive: true, force: true })
  }

  discard() {
    fs.rmSync(this.temporary, { recursive: true, force: true })
  }
}
