// The caller: name, picture, counts; their data and how it leaves.

const { server, session, pictureUrl } = require('./server')
const drafts = require('./drafts')
const { ESCORT_QUEUE } = require('./storage-keys')

/** {user: {nickname, avatar, avatarPath, orders, patients}, escort}; `avatar` is ready to show. */
async function me() {
  const answer = await server.get('user/me/')
  return { user: { ...answer.user, avatarPath: answer.user.avatar, avatar: pictureUrl(answer.user.avatar) }, escort: answer.caregiver || null }
}

/** Uploads a picture of the phone; resolves with its path on the server. */
const uploadAvatar = async (filePath) => (await server.upload('user/avatar/', 'avatar', filePath)).avatar

const setNickname = (nickname, avatarPath) => server.post('user/setAvatarAndNickname/', { nickname, avatarURL: avatarPath || '' })

/** Everything that is stored about the caller. */
const exportData = async () => (await server.get('user/export/')).data

/** The devices that are logged in, last used first: [{id, device, createdTime, lastUsedTime, current}]. */
const devices = async () => (await server.get('user/getDevices/')).data

/** Logs a device out; with 0 every one but this. */
const endDevice = (id) => server.post('user/endDevice/', { id })

/** Deletes the caller's personal data for good, here and there. */
async function deleteMe(confirm) {
  await server.post('user/deleteMe/', { confirm })
  drafts.clear()
  wx.removeStorageSync(ESCORT_QUEUE)
  session.forget()
}

module.exports = { me, pictureUrl, uploadAvatar, setNickname, exportData, devices, endDevice, deleteMe }
