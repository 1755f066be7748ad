// The phone itself: what it is, calls, map, clipboard, network, events of the system.
import { layer, make, screen, SIGNS } from '../dom.js'
import { tell } from '../hook.js'
import { top } from '../pages.js'
import { networkChoice, transferChoice } from '../settings.js'
import { launchOptions } from '../launch.js'

const BAR_PX = 44
const SDK = '3.5.0'

function measure() {
  const { width, height } = screen.getBoundingClientRect()
  return { width, height, window: top()?.element.clientHeight ?? height - BAR_PX }
}

function windowInfo() {
  const { width, height, window } = measure()
  return {
    pixelRatio: devicePixelRatio,
    screenWidth: width,
    screenHeight: height,
    windowWidth: width,
    windowHeight: window,
    statusBarHeight: 0,
    screenTop: 0,
    safeArea: { left: 0, right: width, top: 0, bottom: height, width, height },
  }
}
const deviceInfo = () => ({
  platform: 'devtools',
  system: 'iOS 16.0',
  model: 'iPhone X',
  brand: 'devtools',
  abi: '',
  benchmarkLevel: 1,
})
const theme = () => (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')
const appInfo = () => ({
  SDKVersion: SDK,
  version: '8.0.50',
  language: 'zh_CN',
  theme: theme(),
  fontSizeSetting: 16,
  fontSizeScaleFactor: 1,
  enableDebug: false,
  host: { appId: '' },
})
const systemInfo = () => ({ ...deviceInfo(), ...windowInfo(), ...appInfo() })

/** A sheet that says what the phone would do now. */
function tellPerson(className, label, sign, lines, button) {
  const box = layer(
    className,
    make(
      'div.mp-sheet',
      { role: 'dialog', 'aria-label': label },
      make('p.mp-sheet-head', { html: sign }, make('span', { text: label })),
      ...lines.filter(Boolean),
      make('button.row.cancel', { type: 'button', text: button, onclick: () => box.remove() }),
    ),
  )
}

/** Adds onX / offX for an event of the system; `start(emit)` connects it. */
function eventPair(name, start = () => {}) {
  const handlers = new Set()
  start((detail) => handlers.forEach((handler) => handler(detail)))
  return {
    [`on${name}`]: (handler) => {
      handlers.add(handler)
    },
    [`off${name}`]: (handler) => (handler ? handlers.delete(handler) : handlers.clear()),
  }
}

function network() {
  const isConnected = navigator.onLine && networkChoice() !== 'none'
  return { isConnected, networkType: isConnected ? 'wifi' : 'none' }
}

export const synchronous = {
  getSystemInfoSync: systemInfo,
  getWindowInfo: windowInfo,
  getDeviceInfo: deviceInfo,
  getAppBaseInfo: appInfo,
  getSystemSetting: () => ({
    bluetoothEnabled: true,
    locationEnabled: true,
    wifiEnabled: true,
    deviceOrientation: 'portrait',
  }),
  getAppAuthorizeSetting: () => ({
    locationAuthorized: 'authorized',
    cameraAuthorized: 'authorized',
    albumAuthorized: 'authorized',
  }),
  getAccountInfoSync: () => ({ miniProgram: { appId: 'sandbox', envVersion: 'develop', version: '' }, plugin: {} }),
  getMenuButtonBoundingClientRect: () => ({
    width: 87,
    height: 32,
    top: 6,
    bottom: 38,
    left: measure().width - 94,
    right: measure().width - 7,
  }),
  getLaunchOptionsSync: launchOptions,
  getEnterOptionsSync: launchOptions,
  getUpdateManager: () => ({
    onCheckForUpdate(handler) {
      setTimeout(() => handler({ hasUpdate: false }))
    },
    onUpdateReady() {},
    onUpdateFailed() {},
    applyUpdate() {},
  }),
  getRealtimeLogManager: () => ({ info() {}, warn() {}, error() {}, setFilterMsg() {}, addFilterMsg() {} }),
  getLogManager: () => ({ log() {}, info() {}, warn() {}, debug() {} }),
  canIUse: (schema) => schema !== 'requestMerchantTransfer' || transferChoice() !== 'old',
  reportEvent() {},
  reportAnalytics() {},
  reportMonitor() {},
  ...eventPair('NetworkStatusChange', (emit) => {
    for (const type of ['online', 'offline', 'networkchoice']) window.addEventListener(type, () => emit(network()))
  }),
  ...eventPair('ThemeChange', (emit) =>
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => emit({ theme: theme() })),
  ),
  ...eventPair('WindowResize', (emit) =>
    window.addEventListener('resize', () => emit({ size: { windowWidth: innerWidth, windowHeight: innerHeight } })),
  ),
  ...eventPair('KeyboardHeightChange'),
  ...eventPair('MemoryWarning'),
  ...eventPair('UserCaptureScreen'),
  ...eventPair('MenuButtonBoundingClientRectWeightChange'),
  ...eventPair('NeedPrivacyAuthorization'),
}

export const asynchronous = {
  getSystemInfo: systemInfo,
  getSystemInfoAsync: systemInfo,
  getNetworkType: network,
  getLocation: () => ({ latitude: 34.2658, longitude: 108.9541, accuracy: 65, speed: -1, altitude: 0 }), // the middle of Xi'an
  makePhoneCall({ phoneNumber }) {
    if (!phoneNumber) throw 'parameter error: parameter.phoneNumber should be String'
    tell('phone', { phoneNumber })
    tellPerson(
      'mp-call',
      '拨打电话',
      SIGNS.phone,
      [
        make('strong.mp-number', { text: phoneNumber }),
        make('p.mp-sheet-note', { text: '在手机上，这里会直接拨号。' }),
      ],
      '挂断',
    )
  },
  openLocation({ latitude, longitude, name, address }) {
    if (!Number.isFinite(latitude) || !Number.isFinite(longitude))
      throw 'parameter error: latitude and longitude should be Number'
    tellPerson(
      'mp-map',
      '打开地图',
      SIGNS.pin,
      [
        make('div.mp-map-picture', { 'aria-hidden': 'true', html: SIGNS.pin }),
        name ? make('strong.mp-place', { text: name }) : null,
        address ? make('p', { text: address }) : null,
        make('p.mp-sheet-note', { text: `纬度 ${latitude}，经度 ${longitude}` }),
      ],
      '关闭',
    )
  },
  async setClipboardData({ data }) {
    await navigator.clipboard?.writeText(data).catch(() => {}) // refused without a user's gesture: then only the toast tells
    clipboard = data
  },
  getClipboardData: () => ({ data: clipboard }),
  vibrateShort() {
    navigator.vibrate?.(15)
  },
  vibrateLong() {
    navigator.vibrate?.(400)
  },
  hideKeyboard() {
    document.activeElement?.blur()
  },
  setKeepScreenOn: () => ({}),
  addPhoneContact: () => ({}),
  setScreenBrightness: () => ({}),
  openDocument({ filePath, fileType }) {
    if (!filePath) throw 'parameter error: parameter.filePath should be String'
    tell('document', { filePath, fileType })
    make('a', { href: filePath, download: `document.${fileType || 'pdf'}` }).click() // a phone shows it; a browser saves it
  },
  loadFontFace: () => ({ status: 'loaded' }),
}

let clipboard = ''
