"""The base of every handler: who calls, request ids, one error shape, headers, logs without secrets."""

from __future__ import annotations

import asyncio
import logging
import random
import re
import time
from collections.abc import AsyncIterator
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import orjson
from tornado.http1connection import HTTP1Connection
from tornado.httputil import HTTPHeaders, HTTPServerRequest, format_timestamp
from tornado.iostream import StreamClosedError
from tornado.web import RequestHandler, StaticFileHandler

from accounts.limits import client_address, rate_limit_network
from accounts.security_events import SecurityEvent
from config import Settings
from failures import place
from handlers.errors import ApiError, ForgedForm, as_api_error, by_status
from handlers.services import Services
from storage import StorageUnavailable

logger = logging.getLogger("hospital.http")

_REQUEST_ID = re.compile(r"[0-9A-Za-z_-]{8,64}")
EVENTS_BY_STATUS = {403: SecurityEvent.FORBIDDEN, 429: SecurityEvent.RATE_LIMITED}
"""Refusals of these statuses leave a trace."""
STANDARD_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
STATELESS_METHODS = ("GET", "HEAD")


@lru_cache(maxsize=2)
def http_date(second: int) -> str:
    """Unix time as HTTP writes it; found out once a second."""
    return format_timestamp(second)


class BaseHandler(RequestHandler):
    """Common to pages and the API."""

    TOO_LARGE = "提交的内容太大，不能超过 {}"
    """What to say to a body above the limit, which stands for the braces."""
    SUPPORTED_METHODS: Any
    """Tornado answers every other method with 405 before ``prepare`` looks at anything."""
    services: Services
    body_fields: dict[str, Any]
    query_fields: dict[str, Any]
    request_id: str = ""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.SUPPORTED_METHODS = cls.methods()

    def initialize(self) -> None:
        self.services = self.settings["services"]
        self.body_fields = {}  # a request may fail before ``prepare`` reads them, and a page then asks for them
        self.query_fields = {}

    def clear(self) -> None:
        """An answer without anything yet. As Tornado has it, with less work: it is done at each request."""
        headers = self._headers = HTTPHeaders()
        headers["Content-Type"] = "text/html; charset=UTF-8"
        headers["Date"] = http_date(int(time.time()))
        if not self.request_id:
            self.request_id = self._given_id() or f"{random.getrandbits(64):016x}"
        headers["X-Request-Id"] = self.request_id
        for name, value in self.settings["default_headers"]:
            headers[name] = value
        self.set_default_headers()
        self._write_buffer = []
        self._status_code, self._reason = 200, "OK"

    def _given_id(self) -> str:
        """What the client, or a proxy, calls the request, if that may be a name."""
        given = ",".join(self.request.headers.get_list("X-Request-Id"))
        return given if _REQUEST_ID.fullmatch(given) else ""

    @property
    def client_address(self) -> str:
        """The real address of the client, behind trusted proxies."""
        return client_address(
            self.request.remote_ip or "",
            ",".join(self.request.headers.get_list("X-Forwarded-For")),
            self.services.settings.server.trusted_proxies,
        )

    def now(self) -> int:
        return self.services.clock()

    @classmethod
    def max_body_bytes(cls, settings: Settings) -> int:
        """How large a body of a caller who ``is_known`` may be here, where that is more than elsewhere."""
        return 0

    @classmethod
    async def is_known(cls, services: Services, request: HTTPServerRequest) -> bool:
        """May the sender of a request use this handler? Asked before a large body is read."""
        return False

    async def limit_network(self, name: str, per_minute: int) -> None:
        """Raises ApiError 429 when too much of this comes from where the request comes from."""
        await self.limit_shared(name, self.network, per_minute)

    @property
    def network(self) -> str:
        """Where the request comes from, as limits and locks count it."""
        return rate_limit_network(self.client_address)[:64]

    def limit(self, name: str, key: str, per_minute: int) -> None:
        """Raises 429 with Retry-After when there were too many of these in this process."""
        if wait := self.services.limiter.wait_seconds(name, key, per_minute):
            raise by_status(429, headers={"Retry-After": str(wait)})

    async def limit_shared(self, name: str, key: str, per_minute: int) -> None:
        """Raises 429 with Retry-After when there were too many of these in all processes of the database."""
        self.limit(name, key, per_minute)  # a flood at one process costs the database nothing
        if per_minute <= 0:
            return
        at = self.now()
        wait = await self.services.storage.run(lambda tx: tx.limits.take(name, key, at, per_minute))
        if wait:
            raise by_status(429, headers={"Retry-After": str(max(1, round(wait / 1000)))})

    @property
    def account(self) -> str:
        """Who calls, as the log of security events names them; empty for a stranger."""
        return ""

    def record(self, event: SecurityEvent, detail: str = "", account: str = "") -> None:
        """Leave a trace of a refusal: an event of this request. ``account``: when it is not the caller's."""
        self.services.security.record(
            event, self.client_address, account or self.account, detail, self.request_id
        )

    async def limit_caller(self) -> None:
        """Nothing to count: ``ApiHandler`` does, and the administrators' side in ``prepare``."""

    async def send_pieces(self, pieces: AsyncIterator[bytes], end: bytes = b"") -> None:
        """Send an answer while it is made, as fast as the client reads. A failure on the way closes the connection:
        otherwise what has been sent would look complete."""
        try:
            async for piece in pieces:
                self.write(piece)
                await self.flush()
            await self.finish(end)
        except StreamClosedError:
            """The reader has had enough."""
        except Exception:
            if self._headers_written:
                cast(HTTP1Connection, self.request.connection).close()
            raise

    def root(self) -> str:
        """The way from this page to the server's root, whatever prefix a proxy has put before it."""
        path = self.request.path.removeprefix(self.services.settings.server.base_path)
        return "../" * (path.count("/") - 1) or "./"

    # Failures

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        error = kwargs.get("exc_info", (None, None, None))[1]
        shown = (as_api_error(error) if error else None) or by_status(status_code)
        if event := EVENTS_BY_STATUS.get(shown.status):
            forged = isinstance(shown, ForgedForm)
            self.record(SecurityEvent.CSRF_REFUSED if forged else event, shown.slug)
        self.set_status(shown.status)
        self.set_header("Cache-Control", "no-store")
        for name, value in shown.headers.items():
            self.set_header(name, value)
        if shown.status == 405:
            self.set_header("Allow", ", ".join(self.methods()))
        self.write_failure(shown)

    def write_failure(self, error: ApiError) -> None:
        """API and unknown routes answer with JSON; pages override this."""
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.finish(orjson.dumps(error.body(self.request_id)))

    def send_error(self, status_code: int = 500, **kwargs: Any) -> None:
        error = kwargs.get("exc_info", (None, None, None))[1]
        shown = as_api_error(error) if error else None
        super().send_error(shown.status if shown else status_code, **kwargs)

    def log_exception(self, typ: Any, value: BaseException | None, tb: Any) -> None:
        """Without Tornado's dump of the request, which would show warrants and personal data."""
        if isinstance(value, asyncio.CancelledError) or value is None:
            return
        shown = as_api_error(value)
        if shown is None or shown.status == 500:
            logger.error("request %s failed: %s", self.request_id, place(value, frames=8))
        elif shown.status >= 502:
            # The database's own words are for operators, and quote nobody's data.
            cause = f" ({value})" if isinstance(value, StorageUnavailable) else ""
            logger.warning("request %s: %s %s%s", self.request_id, shown.status, shown.slug, cause)

    @classmethod
    def methods(cls) -> tuple[str, ...]:
        """The methods that this handler answers."""
        return tuple(
            method
            for method in STANDARD_METHODS
            if getattr(cls, method.lower()) is not BaseHandler._unimplemented_method
        )

    def _unimplemented_method(self, *args: str, **kwargs: str) -> None:
        raise by_status(405)

    head: Any = _unimplemented_method
    get: Any = _unimplemented_method
    post: Any = _unimplemented_method
    delete: Any = _unimplemented_method
    patch: Any = _unimplemented_method
    put: Any = _unimplemented_method
    options: Any = _unimplemented_method


class FolderHandler(BaseHandler, StaticFileHandler):  # type: ignore[misc]  # both name a "root"
    """Common to what serves files of a folder: ETag, 304 and ranges by Tornado; what fails, in the one shape."""

    answers = (200, 206, 304, 416)

    def initialize(self, folder: Path) -> None:
        BaseHandler.initialize(self)
        StaticFileHandler.initialize(self, path=str(folder))

    async def get(self, path: str, include_body: bool = True) -> None:
        try:
            await StaticFileHandler.get(self, path, include_body)
        except FileNotFoundError:  # removed since it was looked up
            raise by_status(404) from None
        if self.get_status() == 416:  # Tornado would let it be kept as long as the file itself
            raise by_status(416, headers={"Content-Range": self._headers["Content-Range"]})

    head = StaticFileHandler.head
