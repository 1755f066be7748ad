// The capsule at the top right: ··· opens a menu, ◎ starts the mini-program again.
import { actions } from '../bars.js'
import { choosePerson, clearStorageOf, currentPerson, forgetPersonInAddress, persons } from '../settings.js'
import { chooseFrom, showModal } from './dialogs.js'
import { showCard } from './open-types.js'

/** Opens the first page again, as after closing the mini-program; the window is reloaded. */
export function restart() {
  history.replaceState(null, '', location.pathname + location.search)
  location.reload()
}

async function switchPerson() {
  const all = persons()
  const index = await chooseFrom({ title: `现在是 ${currentPerson().name}`, items: all.map((person) => person.name) })
  if (index === null) return
  choosePerson(all[index].id)
  forgetPersonInAddress()
  restart()
}

async function reset() {
  const { confirm } = await showModal({
    title: '清除数据',
    content: `清除 ${currentPerson().name} 在这台手机上的数据？服务器上的不变。`,
  })
  if (!confirm) return
  clearStorageOf(currentPerson().id)
  restart()
}

const about = () =>
  showModal({
    title: '开发工具',
    content: '这是在浏览器里模拟的小程序，登录和付款都由沙箱代替，外观和行为只是近似微信。',
    showCancel: false,
    confirmText: '知道了',
  })

actions.restart = restart
actions.menu = async () => {
  const entries = [
    ['转发', () => showCard({ from: 'menu' })],
    ['换一个人', switchPerson],
    ['清除本机数据', reset],
    ['关于这个模拟器', about],
  ]
  const index = await chooseFrom({ title: '开发用模拟器，不是微信', items: entries.map(([text]) => text) })
  if (index !== null) await entries[index][1]()
}
