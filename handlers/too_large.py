"""413 for a body above the limit, 503 for one that has to wait too long for its place in memory.

It is read piece by piece and thrown away, so that the answer gets through.
"""

from __future__ import annotations

import enum
from typing import Any

from tornado.httputil import HTTPHeaders
from tornado.web import RequestHandler, stream_request_body

from handlers.admin.page import AdminPage
from handlers.api_handler import ApiHandler
from handlers.base import BaseHandler
from handlers.errors import ApiError, by_status

DRAIN_BYTES = 64 * 1024 * 1024
"""A body that is too large is still read up to here, so that the client gets to read the answer."""
PAGE_TOO_LARGE = (
    "提交的内容太大，没有保存。请按浏览器的「后退」，刚才填写的内容一般还在；换成小一些的图片或文件后再保存。"
)

PAGE_BUSY = "现在上传文件的人比较多，没有保存。请按浏览器的「后退」，过几秒再提交一次。"


class Refusal(enum.Enum):
    """Why a body is not read."""

    TOO_LARGE = enum.auto()
    BUSY = enum.auto()


def announced_length(headers: HTTPHeaders) -> int:
    """Of a body in bytes, as Tornado is going to read it; 0 for one sent in chunks, and for one that Tornado refuses.

    A proxy may send the header twice: Tornado takes two values that are the same as one.
    """
    value = ",".join(headers.get_list("Content-Length")).partition(",")[0]
    try:
        return int(value) if value.isascii() and value.isdigit() else 0
    except ValueError:  # more digits than Python reads
        return 0


def refusing(handler: type[RequestHandler]) -> type[RequestHandler]:
    """What answers in place of this handler: pages refuse with a page, everything else as the API does."""
    return TooLargePage if issubclass(handler, AdminPage) else TooLarge


def size_text(size: int) -> str:
    """``1 MB``, ``1.5 MB``, ``500 KB``: bytes as people say them."""
    return f"{size / 1024**2:.4g} MB" if size >= 1024**2 else f"{size / 1024:.4g} KB"


class _Draining(BaseHandler):
    """Throws the body away. ``wanted``: the handler in whose place it stands."""

    def initialize(self, wanted: type[BaseHandler], refusal: Refusal) -> None:
        super().initialize()
        self._wanted = wanted
        self._busy = refusal is Refusal.BUSY

    sentence_when_busy = "现在上传的人比较多，请过几秒再试"

    def busy(self) -> ApiError:
        return ApiError(503, "busy", self.sentence_when_busy, headers={"Retry-After": "10"})

    async def prepare(self) -> None:
        if announced_length(self.request.headers) > DRAIN_BYTES:
            raise by_status(413)

    def data_received(self, chunk: bytes) -> None:
        """Thrown away."""


@stream_request_body
class TooLarge(_Draining, ApiHandler):
    """The API, in the words of the handler that was wanted."""

    async def _refuse(self, *_: str) -> None:
        if self._busy:
            raise self.busy()
        settings = self.services.settings
        larger = self._wanted.max_body_bytes(settings)
        if larger and not await self._wanted.is_known(self.services, self.request):
            raise by_status(401)
        sentence = getattr(self._wanted, "TOO_LARGE", self.TOO_LARGE)
        limit = size_text(max(larger, settings.limits.body_kilobytes * 1024))
        raise ApiError(413, "too_large", sentence.format(limit))

    get: Any = _refuse
    post = put = patch = delete = head = options = get


@stream_request_body
class TooLargePage(_Draining, AdminPage):
    """A page: a login that has expired is refused first, before the size of the body."""

    sentence_when_busy = PAGE_BUSY

    async def _refuse(self, *_: str) -> None:
        if not await self.is_known(self.services, self.request):
            raise by_status(401)
        raise self.busy() if self._busy else ApiError(413, "too_large", PAGE_TOO_LARGE)

    get: Any = _refuse
    post = put = patch = delete = head = options = get
