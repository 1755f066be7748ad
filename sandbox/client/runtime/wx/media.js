// Pictures: choosing (a file of this computer, or one of the samples), looking at them large.
import { layer, make } from '../dom.js'
import { assetUrl } from '../modules.js'
import { sampleAvatars } from './samples.js'

/** Opens the browser's file dialog; resolves to the chosen pictures, [] when dismissed. */
function pickFiles(count) {
  return new Promise((resolve) => {
    const field = make('input', { type: 'file', accept: 'image/*', multiple: count > 1 })
    field.onchange = () => resolve([...field.files].slice(0, count))
    field.oncancel = () => resolve([])
    field.click()
  })
}

/** Asks for up to `count` pictures; resolves to [{path, size}], a path being a blob: address of this page. */
export function choosePictures(title, count) {
  return new Promise((resolve) => {
    const finish = (blobs) => {
      box.remove()
      resolve(blobs.map((blob) => ({ path: URL.createObjectURL(blob), size: blob.size })))
    }
    const samples = sampleAvatars().map(({ name, url }) =>
      make(
        'button',
        {
          type: 'button',
          'aria-label': name,
          onclick: async () => finish([await toPng(url)]),
        },
        make('img', { src: url, alt: '' }),
      ),
    )
    const box = layer(
      'mp-choose',
      make(
        'div.mp-sheet',
        { role: 'dialog', 'aria-label': title },
        make('p.mp-sheet-title', { text: title }),
        make('div.mp-samples', {}, ...samples),
        make('button.row', {
          type: 'button',
          text: '从电脑选择图片',
          onclick: async () => finish(await pickFiles(count)),
        }),
        make('button.row.cancel', { type: 'button', text: '取消', onclick: () => finish([]) }),
      ),
    )
  })
}

// WeChat hands out bitmaps; the samples are drawn as SVG.
async function toPng(url) {
  const picture = new Image()
  picture.src = url
  await picture.decode()
  const canvas = Object.assign(document.createElement('canvas'), { width: 300, height: 300 })
  canvas.getContext('2d').drawImage(picture, 0, 0, 300, 300)
  return new Promise((resolve) => {
    canvas.toBlob(resolve, 'image/png')
  })
}

function preview({ urls, current }) {
  let at = Math.max(0, typeof current === 'number' ? current : urls.indexOf(current))
  const picture = make('img', { alt: '' })
  const count = make('span')
  const show = (index) => {
    at = (index + urls.length) % urls.length
    picture.src = assetUrl(urls[at])
    count.textContent = urls.length > 1 ? `${at + 1} / ${urls.length}` : ''
  }
  const box = layer('mp-preview', picture, count)
  box.setAttribute('role', 'dialog')
  box.setAttribute('aria-label', '查看图片，轻点关闭')
  let startX = 0
  box.addEventListener('pointerdown', (event) => {
    startX = event.clientX
  })
  box.addEventListener('click', (event) => {
    const moved = event.clientX - startX
    if (Math.abs(moved) > 40) show(at - Math.sign(moved))
    else box.remove()
  })
  show(at)
}

const mustHave = (files) => {
  if (files.length === 0) throw 'cancel'
  return files
}

export const asynchronous = {
  async chooseMedia({ count = 9 }) {
    const files = mustHave(await choosePictures('选择图片', count))
    return {
      type: 'image',
      tempFiles: files.map(({ path, size }) => ({ tempFilePath: path, size, fileType: 'image' })),
    }
  },
  async chooseImage({ count = 9 }) {
    const files = mustHave(await choosePictures('选择图片', count))
    return { tempFilePaths: files.map(({ path }) => path), tempFiles: files }
  },
  previewImage: preview,
  previewMedia: ({ sources, current }) => preview({ urls: sources.map(({ url }) => url), current }),
  async getImageInfo({ src }) {
    const picture = new Image()
    picture.src = assetUrl(src)
    await picture.decode().catch(() => {
      throw 'download image fail'
    })
    return {
      width: picture.naturalWidth,
      height: picture.naturalHeight,
      path: picture.src,
      orientation: 'up',
      type: 'unknown',
    }
  },
  saveImageToPhotosAlbum: () => ({}),
  compressImage: ({ src }) => ({ tempFilePath: src }),
}
