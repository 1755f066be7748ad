"""The user's own page: name, avatar, counts."""

from __future__ import annotations

import asyncio
import secrets
from pathlib import Path
from typing import Any

from catalog.uploaded_pictures import TOO_LABORIOUS, NotAPicture, TooLaborious
from handlers.api.escorts import escort_row, own_application
from handlers.base import ApiHandler
from handlers.errors import ApiError, by_status
from handlers.operation import operation
from schemas.user import AvatarReply, Done, MeReply, Profile
from schemas.wire import PROGRESS
from storage import Transaction
from storage.models import OrderState, User

COUNTED = (OrderState.UNPAID, OrderState.PAID, OrderState.SERVING, OrderState.FINISHED)


def avatar_url(user: User) -> str:
    """Relative to the server's root; empty without an uploaded picture. A released client's path on that phone
    is never shown."""
    return f"avatars/{user.avatar_file}" if user.avatar_file else ""


class ProfileHandler(ApiHandler):
    @operation(body=Profile(), reply=Done(), auth="user")
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """Set nickname and avatar. Released clients send a path on the phone; it is kept for nobody else."""
        async with self.services.storage.transaction() as tx:
            if not await tx.users.lock_living(self.caller.id):
                raise by_status(401)
            await tx.users.set_profile(self.caller.id, given["nickname"], given["avatar_path"])
            await tx.commit()
        return {}


class MeHandler(ApiHandler):
    @operation(reply=MeReply(), auth="user")
    async def get(self) -> dict[str, Any]:
        """Name, avatar, number of orders per state and of patients, own escort application."""
        async with self.services.storage.reading() as reader:
            counts = await reader.orders.count_by_state(self.caller.id)
            patients = await reader.patients.count_of_user(self.caller.id)
            own = await own_application(reader, self.caller.id)
        orders = {PROGRESS[state]: counts.get(state, 0) for state in COUNTED}
        orders["退款"] = counts.get(OrderState.REFUNDING, 0) + counts.get(OrderState.REFUNDED, 0)
        return {
            "user": {
                "nickname": self.caller.nickname,
                "avatar": avatar_url(self.caller),
                "orders": orders,
                "patients": patients,
            },
            "caregiver": escort_row(own, self.services.vault),
        }


class UploadAvatarHandler(ApiHandler):
    TOO_LARGE = "图片不能超过 {}，请换一张小一点的图片"
    reads_body = False
    limited_as = "avatar"

    @operation(reply=AvatarReply(), auth="user", upload="avatar", errors=(429,))
    async def post(self) -> dict[str, Any]:
        """Upload an avatar: JPEG, PNG, WebP or GIF, told by its content, re-encoded, without its metadata."""
        if not self.request.headers.get("Content-Type", "").startswith("multipart/form-data"):
            raise by_status(415)
        uploads = self.request.files.get("avatar", [])
        if not uploads:
            raise ApiError(400, "invalid_input", "请选择一张图片", fields={"avatar": ["请选择一张图片"]})
        try:
            picture = await self.services.avatar_decoder.avatar(uploads[0].body)
        except TooLaborious:
            raise _not_a_picture(TOO_LABORIOUS) from None
        except NotAPicture:
            raise _not_a_picture("这个文件不是可用的图片，请换一张（JPG、PNG 或 WebP）") from None
        name = f"{secrets.token_hex(16)}.webp"
        await asyncio.to_thread(_write, self.services.avatars / name, picture)
        unused = await self.services.storage.run(lambda tx: self._take(tx, name))
        if unused:
            (self.services.avatars / unused).unlink(missing_ok=True)
        if unused == name:  # erased meanwhile
            raise by_status(401)
        return {"avatar": f"avatars/{name}"}

    async def _take(self, tx: Transaction, name: str) -> str:
        """Make the file the caller's avatar; the one that nobody refers to afterwards. The name of the one before is
        read under the lock: of several uploads at once each knows which it replaces."""
        user = await tx.users.lock(self.caller.id)
        if user is None or user.deleted_at or user.disabled_at:
            return name
        await tx.users.set_avatar_file(user.id, name)
        return user.avatar_file


def _not_a_picture(sentence: str) -> ApiError:
    return ApiError(400, "not_a_picture", sentence, fields={"avatar": [sentence]})


def _write(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)


routes = [
    (r"/user/setAvatarAndNickname/", ProfileHandler),
    (r"/user/me/", MeHandler),
    (r"/user/avatar/", UploadAvatarHandler),
]
