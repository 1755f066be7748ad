"""What the calling escort tells about themselves, and the portrait. The office looks at it first."""

from __future__ import annotations

import asyncio
import secrets
from typing import Any

from catalog.picture_files import file_below, write_file
from catalog.picture_refusals import TOO_COSTLY, NotAPicture, TooCostly
from handlers.errors import ApiError, by_status
from handlers.escort.base import EscortHandler
from handlers.operation import operation
from orders.escorts import profiles as escort_profiles
from schemas.escort_profile import EscortProfileForm, EscortProfileReply, own_profile_rows


class ProfileHandler(EscortHandler):
    @operation(reply=EscortProfileReply, auth="escort")
    async def get(self) -> dict[str, Any]:
        """What families see of the caller, and what waits for the office."""
        return await self._answer()

    @operation(body=EscortProfileForm, reply=EscortProfileReply, auth="escort")
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """Introduction and years wait until the office has approved them. To be shown on the public page or not, and to
        take the portrait away, counts at once."""
        proposal = escort_profiles.Proposal(
            given["introduction"], given["years"], given["shown"] == "y", given["remove_portrait"] == "y"
        )
        at = self.now()
        unused = await self.services.storage.run(
            lambda tx: escort_profiles.propose(tx, self.escort.id, proposal, at)
        )
        self.services.remove_portraits(unused)
        return await self._answer()

    async def _answer(self) -> dict[str, Any]:
        async with self.services.storage.reading() as reader:
            profile = await escort_profiles.own(reader, self.escort.id)
        return own_profile_rows(profile)


class PortraitHandler(EscortHandler):
    TOO_LARGE = "图片不能超过 {}，请换一张小一点的图片"
    reads_body = False
    limited_as = "avatar"

    async def get(self) -> None:
        """The caller's own portrait that waits, else the approved one; for nobody else's eyes."""
        self.require("escort")
        async with self.services.storage.reading() as reader:
            profile = await escort_profiles.own(reader, self.escort.id)
        name = profile.new_portrait_file or profile.portrait_file
        file = file_below(self.services.folders.portraits, name) if name else None
        if file is None:
            raise by_status(404)
        self.set_header("Content-Type", "image/webp")
        self.finish(await asyncio.to_thread(file.read_bytes))

    @operation(reply=EscortProfileReply, auth="escort", upload="portrait", errors=(429,))
    async def post(self) -> dict[str, Any]:
        """Upload a portrait: JPEG, PNG, WebP or GIF, told by its content, cut to a square, without its metadata. It
        waits until the office has approved it."""
        if not self.request.headers.get("Content-Type", "").startswith("multipart/form-data"):
            raise by_status(415)
        uploads = self.request.files.get("portrait", [])
        if not uploads:
            raise _refused("invalid_input", "请选择一张照片")
        try:
            picture = await self.services.avatar_decoder.portrait(uploads[0].body)
        except TooCostly:
            raise _refused("not_a_picture", TOO_COSTLY) from None
        except NotAPicture:
            raise _refused("not_a_picture", "这个文件不是可用的图片，请换一张（JPG、PNG 或 WebP）") from None
        name, at = f"{secrets.token_hex(16)}.webp", self.now()
        await asyncio.to_thread(write_file, self.services.folders.portraits / name, picture)
        try:
            unused = await self.services.storage.run(
                lambda tx: escort_profiles.propose_portrait(tx, self.escort.id, name, at)
            )
        except escort_profiles.NotAnEscort:
            self.services.remove_portraits([name])
            raise
        self.services.remove_portraits(unused)
        async with self.services.storage.reading() as reader:
            profile = await escort_profiles.own(reader, self.escort.id)
        return own_profile_rows(profile)


def _refused(slug: str, sentence: str) -> ApiError:
    return ApiError(400, slug, sentence, fields={"portrait": [sentence]})


routes = [
    (r"/escort/profile/", ProfileHandler),
    (r"/escort/portrait/", PortraitHandler),
]
