// Finds files of a mini-program. Everything else in the build uses *virtual paths*: the path a page or a component
// has inside WeChat, without a suffix ("pages/home/home", "miniprogram_npm/tdesign-miniprogram/button/button").
//
// DevTools' "build npm" copies packages into miniprogram_npm/. Here nothing is copied: a virtual path that begins with
// miniprogram_npm/ is looked up in node_modules directly (unless the folder really exists, then it wins, as in DevTools).
import fs from 'node:fs'
import path from 'node:path'

const NPM = 'miniprogram_npm/'

/** A mistake in the mini-program's source: one line, no stack. */
export class SourceError extends Error {}

export class Project {
  /**
   * @param {string} root the folder with app.json, or one whose project.config.json names it (`miniprogramRoot`)
   * @param {string|undefined} modules the node_modules folder with the mini-program's packages
   */
  constructor(root, modules) {
    this.root = miniprogramRoot(path.resolve(root))
    this.modules = modules ? path.resolve(modules) : path.join(path.resolve(root), 'node_modules')
    this.warnings = []
    this.packages = new Map()
    if (!isFile(path.join(this.root, 'app.json'))) throw new SourceError(`${this.root}: no app.json here`)
    this.requirePackages(path.resolve(root))
  }

  /** What package.json asks for must be there: all components of a missing package would be drawn as nothing. */
  requirePackages(folder) {
    if (!isFile(path.join(folder, 'package.json'))) return
    const { dependencies = {} } = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'))
    for (const name of Object.keys(dependencies)) {
      if (!this.package(name) && !fs.existsSync(path.join(this.root, NPM, name)))
        throw new SourceError(`the package ${name} is not installed in ${this.modules}`)
    }
  }

  warn(message) {
    if (!this.warnings.includes(message)) this.warnings.push(message)
  }

  /** Where the file or folder of a virtual path lies on disk (suffix not included). */
  locate(virtual) {
    const inRoot = path.join(this.root, virtual)
    if (!virtual.startsWith(NPM)) return inRoot
    if (fs.existsSync(inRoot) || isFile(`${inRoot}.js`)) return inRoot
    const rest = virtual.slice(NPM.length)
    const name = packageName(rest)
    const found = this.package(name)
    return found?.miniprogram ? path.join(found.miniprogram, rest.slice(name.length + 1)) : inRoot
  }

  has(virtual, suffix) {
    return isFile(this.locate(virtual) + suffix)
  }

  read(virtual, suffix) {
    return fs.readFileSync(this.locate(virtual) + suffix, 'utf8').replace(/^\uFEFF/, '')
  }

  readJson(virtual) {
    const text = this.read(virtual, '.json').trim()
    try {
      return JSON.parse(text || '{}')
    } catch (error) {
      throw new SourceError(`${virtual}.json: ${error.message}`)
    }
  }

  /** {miniprogram: folder} for a mini-program package, {plain: true} for an ordinary one, null when not installed. */
  package(name) {
    if (!this.packages.has(name)) this.packages.set(name, this.findPackage(name))
    return this.packages.get(name)
  }

  findPackage(name) {
    const folder = path.join(this.modules, name)
    if (!isFile(path.join(folder, 'package.json'))) return null
    const declared = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8')).miniprogram
    const dist = declared || (fs.existsSync(path.join(folder, 'miniprogram_dist')) ? 'miniprogram_dist' : null)
    return dist ? { miniprogram: path.join(folder, dist) } : { plain: true }
  }

  /** The virtual path of a component as `usingComponents` names it, or null (with a warning). */
  resolveComponent(from, request) {
    for (const base of this.candidates(from, request)) {
      for (const virtual of [base, `${base}/index`]) {
        if (this.has(virtual, '.json') || this.has(virtual, '.js')) return virtual
      }
    }
    this.warn(`${from}.json: component "${request}" not found`)
    return null
  }

  /** The virtual path of a file that another one refers to, or null. */
  resolveFile(from, request, suffix) {
    const wanted = request.endsWith(suffix) ? request.slice(0, -suffix.length) : request
    for (const base of this.candidates(from, wanted)) {
      for (const virtual of [base, `${base}/index`]) if (this.has(virtual, suffix)) return virtual
    }
    return null
  }

  candidates(from, request) {
    const joined = join(from, request)
    return isRelative(request) ? [joined] : [joined, NPM + request, ...nestedPackages(from, request)]
  }
}

/** "a/b/c" + "../d" → "a/d"; a leading slash starts at the mini-program's root. */
export function join(from, request) {
  if (request.startsWith('/')) return path.posix.normalize(request.slice(1))
  return path.posix.join(path.posix.dirname(from), request)
}

export function packageName(request) {
  return request
    .split('/')
    .slice(0, request.startsWith('@') ? 2 : 1)
    .join('/')
}

const isRelative = (request) => request.startsWith('.') || request.startsWith('/')

export function isFile(file) {
  return fs.statSync(file, { throwIfNoEntry: false })?.isFile() ?? false
}

// Libraries carry their own dependencies in a miniprogram_npm folder of theirs (tdesign: tslib, dayjs).
function nestedPackages(from, request) {
  const found = []
  const parts = from.split('/')
  for (let n = parts.length - 1; n > 0; n -= 1) found.push(`${parts.slice(0, n).join('/')}/${NPM}${request}`)
  return found
}

function miniprogramRoot(root) {
  const settings = path.join(root, 'project.config.json')
  if (!isFile(settings)) return root
  try {
    return path.join(root, JSON.parse(fs.readFileSync(settings, 'utf8')).miniprogramRoot || '')
  } catch (error) {
    throw new SourceError(`${settings}: ${error.message}`)
  }
}
