"""Pictures that are sealed – of visits, receipts, complaints, documents: uploaded as multipart, decoded, encoded again
without where and when they were taken, and kept."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from tornado.httputil import HTTPServerRequest

from accounts import user_sessions
from catalog.picture_refusals import TOO_COSTLY, NotAPicture, TooCostly, TooManyPixels, is_heic
from config import Settings
from handlers.api_handler import ApiHandler, header_token
from handlers.errors import ApiError, by_status
from handlers.services import Services
from refusals import Refused
from sealed_files import SealedFiles, new_name
from storage.models import SentIn, User

HEIC = "这张照片是 HEIC 格式，暂时不能用。请在手机相机设置里选择「兼容性最佳」（JPG），或者截图后再上传"
UNUSABLE = "这张照片不完整，或者不是照片，请重新拍一张（JPG、PNG 或 WebP）"
TOO_MANY_PIXELS = "这张照片的像素太多，请选择「压缩」后的图片，或者截图后再上传"


async def sender(services: Services, request: HTTPServerRequest) -> User | None:
    """The user who sends a large body, with the token in a header: asked before it is read."""
    token = user_sessions.well_formed_token(header_token(request))
    if not token:
        return None
    async with services.storage.reading() as reader:
        found = await user_sessions.find(reader, services.settings, token, SentIn.HEADER, services.clock())
    return None if found is None else found[1]


class Recorded(Protocol):
    """What was recorded about an uploaded picture."""

    @property
    def repeated(self) -> bool:
        """Was it recorded before, with another file?"""


Result = TypeVar("Result")
Once = TypeVar("Once", bound=Recorded)


class PictureUpload(ApiHandler):
    """A handler of one picture in the field ``file``, at most ``limits.photo_kilobytes`` large."""

    TOO_LARGE = "照片不能超过 {}，请选择「压缩」后的图片再上传"
    reads_body = False
    limited_as = "photo"

    @classmethod
    def max_body_bytes(cls, settings: Settings) -> int:
        return settings.limits.photo_kilobytes * 1024

    @classmethod
    async def is_known(cls, services: Services, request: HTTPServerRequest) -> bool:
        return await sender(services, request) is not None

    def uploaded(self) -> bytes:
        """What was sent. Raises ApiError 400, 415."""
        if not self.request.headers.get("Content-Type", "").startswith("multipart/form-data"):
            raise by_status(415)
        uploads = self.request.files.get("file", [])
        if not uploads:
            raise _refused("请选择一张照片", "invalid_input")
        return bytes(uploads[0].body)

    async def decoded(self, content: bytes) -> bytes:
        """The picture as a JPEG without metadata. Raises ApiError 400, Busy."""
        try:
            return await self.services.photo_decoder.photo(content)
        except TooCostly:
            raise _refused(TOO_COSTLY) from None
        except TooManyPixels:
            raise _refused(TOO_MANY_PIXELS) from None
        except NotAPicture:
            raise _refused(HEIC if is_heic(content) else UNUSABLE) from None

    async def keep(
        self, files: SealedFiles, picture: bytes, record: Callable[[str], Awaitable[Result]]
    ) -> Result:
        """Seal and store the picture, then ``record`` the name of its file. The file is removed when that is refused;
        after any other failure the name may be recorded, and if it is not, the file is found unused."""
        file = new_name()
        await asyncio.to_thread(files.write, file, picture)
        try:
            return await record(file)
        except Refused:
            await asyncio.to_thread(files.remove, [file])
            raise

    async def keep_once(
        self, files: SealedFiles, picture: bytes, record: Callable[[str], Awaitable[Once]]
    ) -> Once:
        """As ``keep``; the file is removed, too, when the same action has recorded another one before."""

        async def record_once(file: str) -> Once:
            recorded = await record(file)
            if recorded.repeated:
                await asyncio.to_thread(files.remove, [file])
            return recorded

        return await self.keep(files, picture, record_once)


def _refused(sentence: str, slug: str = "not_a_picture") -> ApiError:
    return ApiError(400, slug, sentence, fields={"file": [sentence]})
