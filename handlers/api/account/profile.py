"""The user's own page: name, avatar, counts."""

from __future__ import annotations

import asyncio
import secrets
from typing import Any

from accounts import profile
from accounts.content import pictures, submitting
from catalog.picture_files import write_file
from catalog.picture_refusals import TOO_COSTLY, NotAPicture, TooCostly
from handlers.api_handler import ApiHandler
from handlers.errors import ApiError, by_status
from handlers.operation import operation
from orders.escorts.review import own_application
from refusals import AccountClosed
from schemas.content import open_text
from schemas.content_state import state_word
from schemas.user import AvatarReply, Done, MeReply, Profile, avatar_url, escort_row
from schemas.wire import PROGRESS
from storage.models import ContentCheck, ContentKind, ContentState, OrderState
from wechat.content_checks import Scene

COUNTED = (OrderState.UNPAID, OrderState.PAID, OrderState.SERVING, OrderState.FINISHED)


class ProfileHandler(ApiHandler):
    @operation(body=Profile, reply=Done, auth="user")
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """Set nickname and avatar. Released clients send a path on the phone; it is kept for nobody else. A nickname
        that WeChat finds risky is refused; where WeChat cannot say, it waits for approval (``nicknameState``)."""
        services, caller, nickname = self.services, self.caller, given["nickname"]
        async with services.storage.reading() as reader:
            asks = await submitting.must_ask_about_nickname(reader, services.vault, caller, nickname)
        opinion = await services.content.text(caller.openid, Scene.PROFILE, nickname if asks else "")
        chosen, at = (nickname, given["avatar_path"]), self.now()
        waits = await services.storage.run(
            lambda tx: submitting.set_profile(tx, services.vault, caller.id, chosen, opinion, at)
        )
        return {"msg": "昵称已提交，审核通过后别人才看得到"} if waits else {}


class MeHandler(ApiHandler):
    @operation(reply=MeReply, auth="user")
    async def get(self) -> dict[str, Any]:
        """Name, avatar, number of orders per state and of patients, own escort application."""
        async with self.services.storage.reading() as reader:
            counts = await reader.orders.count_by_state(self.caller.id)
            patients = await reader.patients.count_of_user(self.caller.id)
            own = await own_application(reader, self.caller.id)
            kinds = (ContentKind.NICKNAME, ContentKind.AVATAR)
            shown = {each.kind: each for each in await reader.content.shown_to(self.caller.id, kinds)}
        nickname, avatar = shown.get(ContentKind.NICKNAME), shown.get(ContentKind.AVATAR)
        secret = self.services.settings.server.cookie_secret
        orders = {PROGRESS[state]: counts.get(state, 0) for state in COUNTED}
        orders["退款"] = counts.get(OrderState.REFUNDING, 0) + counts.get(OrderState.REFUNDED, 0)
        return {
            "user": {
                "nickname": self._nickname(nickname),
                "avatar": pictures.for_author(secret, avatar, self.now()) or avatar_url(self.caller),
                "orders": orders,
                "patients": patients,
                "nicknameState": state_word(nickname),
                "avatarState": state_word(avatar),
            },
            "caregiver": escort_row(own, self.services.vault),
        }

    def _nickname(self, waiting: ContentCheck | None) -> str:
        """What waits for approval, to its author; else what everybody reads."""
        if waiting is None or waiting.state == ContentState.REJECTED:
            return self.caller.nickname
        return open_text(waiting, self.services.vault)


class UploadAvatarHandler(ApiHandler):
    TOO_LARGE = "图片不能超过 {}，请换一张小一点的图片"
    reads_body = False
    limited_as = "avatar"

    @operation(reply=AvatarReply, auth="user", upload="avatar", errors=(429,))
    async def post(self) -> dict[str, Any]:
        """Upload an avatar: JPEG, PNG, WebP or GIF, told by its content, re-encoded, without its metadata. Where
        WeChat checks it, others see the one of before until then (``avatarState``)."""
        if not self.request.headers.get("Content-Type", "").startswith("multipart/form-data"):
            raise by_status(415)
        uploads = self.request.files.get("avatar", [])
        if not uploads:
            raise ApiError(400, "invalid_input", "请选择一张图片", fields={"avatar": ["请选择一张图片"]})
        try:
            picture = await self.services.avatar_decoder.avatar(uploads[0].body)
        except TooCostly:
            raise _not_a_picture(TOO_COSTLY) from None
        except NotAPicture:
            raise _not_a_picture("这个文件不是可用的图片，请换一张（JPG、PNG 或 WebP）") from None
        name = f"{secrets.token_hex(16)}.webp"
        if self.services.content.enabled:
            return {"avatar": await self._hand_in(name, picture)}
        await asyncio.to_thread(write_file, self.services.avatars / name, picture)
        try:
            at = self.now()
            before, unchecked = await self.services.storage.run(
                lambda tx: profile.take_avatar(tx, self.caller.id, name, at)
            )
        except AccountClosed:
            profile.remove_avatar(self.services.avatars, name)
            raise
        profile.remove_avatar(self.services.avatars, before)
        pictures.discard(self.services.folders.unchecked, unchecked)
        return {"avatar": f"avatars/{name}"}

    async def _hand_in(self, name: str, picture: bytes) -> str:
        """Where the caller sees the picture, while WeChat looks at it; others see the one of before."""
        folder, at = self.services.folders.unchecked, self.now()
        await asyncio.to_thread(write_file, folder / name, picture)
        try:
            unused = await self.services.storage.run(
                lambda tx: submitting.hand_in_avatar(tx, self.caller.id, name, at)
            )
        except AccountClosed:
            pictures.discard(folder, [name])
            raise
        pictures.discard(folder, unused)
        return pictures.address(self.services.settings.server.cookie_secret, name, at)


def _not_a_picture(sentence: str) -> ApiError:
    return ApiError(400, "not_a_picture", sentence, fields={"avatar": [sentence]})


routes = [
    (r"/user/setAvatarAndNickname/", ProfileHandler),
    (r"/user/me/", MeHandler),
    (r"/user/avatar/", UploadAvatarHandler),
]
