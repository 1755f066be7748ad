"""The Tornado application: routes, limits on bodies, an access log without queries, a count of what is in flight."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from tornado.httputil import HTTPHeaders, HTTPMessageDelegate, HTTPServerRequest
from tornado.web import Application, RequestHandler, stream_request_body

from handlers.base import ApiHandler, BaseHandler, UnknownRoute
from handlers.errors import ApiError
from handlers.routes import Route, all_routes
from handlers.services import Services

log = logging.getLogger("hospital.access")

DRAIN_BYTES = 64 * 1024 * 1024
"""A body that is too large is still read up to here, so that the client gets to read the answer."""


def size_text(size: int) -> str:
    """``1 MB``, ``1.5 MB``, ``500 KB``: bytes as people say them."""
    return f"{size / 1024**2:.4g} MB" if size >= 1024**2 else f"{size / 1024:.4g} KB"


@stream_request_body
class TooLarge(ApiHandler):
    """413 for a body above the limit; the body is read piece by piece and thrown away. ``sentence``: what to say."""

    def initialize(self, sentence: str) -> None:
        super().initialize()
        self._sentence = sentence

    async def prepare(self) -> None:
        length = int(self.request.headers.get("Content-Length", "0"))
        if length > DRAIN_BYTES:
            self._refuse()

    def data_received(self, chunk: bytes) -> None:
        """Thrown away."""

    def _refuse(self, *_: str) -> None:
        raise ApiError(413, "too_large", self._sentence)

    get = post = put = patch = delete = head = options = _refuse


class _Received(HTTPMessageDelegate):
    """A request on its way in: counted as in flight, and given up when its body grows beyond the limit.

    A body of announced length is judged by ``find_handler``; this watches those sent in chunks.
    """

    def __init__(
        self, application: HospitalApplication, request: HTTPServerRequest, inner: HTTPMessageDelegate
    ) -> None:
        self._application = application
        self._request = request
        self._inner = inner
        self._bytes_left = application.most_bytes
        self._start: Any = None

    def headers_received(self, start_line: Any, headers: HTTPHeaders) -> Any:
        self._start = start_line, headers
        return self._inner.headers_received(start_line, headers)

    def data_received(self, chunk: bytes) -> Any:
        self._bytes_left -= len(chunk)
        if self._bytes_left < 0 and "Content-Length" not in self._request.headers:
            self._inner = self._application.too_large(self._request, self._inner)
            self._inner.headers_received(*self._start)
            self._bytes_left = DRAIN_BYTES
        return self._inner.data_received(chunk)

    def finish(self) -> None:
        self._inner.finish()

    def on_connection_close(self) -> None:
        """The client went away before all of its request had come: no handler will ever finish it."""
        self._inner.on_connection_close()
        self._application.ended(self._request)


class HospitalApplication(Application):
    """``extra``: routes of the sandbox, in development."""

    def __init__(self, services: Services, extra: list[Route] | None = None) -> None:
        settings = services.settings
        prefix = settings.server.base_path.rstrip("/")
        secure = not settings.development
        super().__init__(
            [(prefix + route[0], *route[1:]) for route in all_routes()] + (extra or []),
            services=services,
            cookie_secret=settings.server.cookie_secret,
            xsrf_cookie_kwargs={"samesite": "Lax", "path": "/", "secure": secure},
            compress_response=True,
            default_handler_class=UnknownRoute,
            log_function=self._log,
        )
        self._in_flight: set[HTTPServerRequest] = set()
        self._idle = asyncio.Event()
        self._idle.set()
        self.most_bytes = settings.limits.body_kilobytes * 1024

    @property
    def in_flight(self) -> int:
        """Requests that have begun to arrive and are not answered yet."""
        return len(self._in_flight)

    def ended(self, request: HTTPServerRequest) -> None:
        """The request is answered, or never will be."""
        self._in_flight.discard(request)
        if not self._in_flight:
            self._idle.set()

    def find_handler(self, request: HTTPServerRequest, **kwargs: Any) -> HTTPMessageDelegate:
        self._in_flight.add(request)
        self._idle.clear()
        length = request.headers.get("Content-Length", "0")
        inner: HTTPMessageDelegate = super().find_handler(request, **kwargs)
        if length.isascii() and length.isdigit() and int(length) > self.most_bytes:
            inner = self.too_large(request, inner)
        return _Received(self, request, inner)

    def too_large(self, request: HTTPServerRequest, wanted: HTTPMessageDelegate) -> HTTPMessageDelegate:
        """What refuses a body above the limit, in the words of the handler that was ``wanted``."""
        words = getattr(getattr(wanted, "handler_class", None), "TOO_LARGE", BaseHandler.TOO_LARGE)
        sentence = words.format(size_text(self.most_bytes))
        return self.get_handler_delegate(request, TooLarge, {"sentence": sentence})

    async def drained(self, seconds: float) -> None:
        """Wait until no request is in flight, ``seconds`` at the most."""
        try:
            async with asyncio.timeout(seconds):
                await self._idle.wait()
        except TimeoutError:
            log.warning("%d requests were still in flight after %.0f s", self.in_flight, seconds)

    def _log(self, handler: RequestHandler) -> None:
        request = handler.request
        self.ended(request)
        log.log(
            logging.INFO if handler.get_status() < 500 else logging.WARNING,
            "%s %s %d %.1fms %s",
            request.method,
            request.path,
            handler.get_status(),
            request.request_time() * 1000,
            getattr(handler, "request_id", ""),
        )
