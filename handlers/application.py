"""The Tornado application: routes, limits on bodies, an access log without queries, a count of what is in flight."""

from __future__ import annotations

import asyncio
import logging
import re
from typing import Any, cast

from tornado.http1connection import HTTP1ServerConnection
from tornado.httputil import HTTPHeaders, HTTPMessageDelegate, HTTPServerRequest
from tornado.web import Application, RequestHandler

from accounts.limits import masked_address
from config import Settings
from handlers.admin.access import cookie_name
from handlers.base import BaseHandler
from handlers.connections import Connections
from handlers.documents import ApiDocument
from handlers.monitoring.request_metrics import RequestMetrics
from handlers.route_paths import Route, exact_routes
from handlers.routes import all_routes
from handlers.services import Services
from handlers.too_large import DRAIN_BYTES, Refusal, announced_length, refusing
from handlers.unknown_route import UnknownRoute
from storage import StorageError

logger = logging.getLogger("hospital.access")

MAX_LARGE_BODIES = 2
"""Large bodies that are held in memory at once; more of them wait before they are read."""
MAX_LARGE_WAIT_SECONDS = 10.0
"""How long a large body waits for room; then it is answered with 503, so that slow senders block nobody for longer."""

HSTS = f"max-age={365 * 24 * 3600}"
"""Sent where this server terminates TLS itself; a proxy that does so sends its own."""
_DEFAULT_HEADERS = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("X-Frame-Options", "SAMEORIGIN"),
    ("Content-Security-Policy", "frame-ancestors 'self'"),
)


def default_headers(settings: Settings) -> tuple[tuple[str, str], ...]:
    """Of every answer. Constant, and so put there without Tornado's check of each value at each request."""
    ends_tls = settings.server.tls_certificate and not settings.development
    return (*_DEFAULT_HEADERS, ("Strict-Transport-Security", HSTS)) if ends_tls else _DEFAULT_HEADERS


class _Received(HTTPMessageDelegate):
    """A request on its way in: counted as in flight, and given up when its body is, or grows, beyond the limit.

    ``length``: of the body, as announced; a body that is sent in chunks has none, and is counted as it comes.
    """

    def __init__(
        self, application: HospitalApplication, request: HTTPServerRequest, inner: Any, length: int
    ) -> None:
        self._application = application
        self._request = request
        self._handler: type[RequestHandler] = inner.handler_class
        self._inner: HTTPMessageDelegate = inner
        self._length = length
        self._bytes_left = application.max_bytes
        self._start: Any = None

    def headers_received(self, start_line: Any, headers: HTTPHeaders) -> Any:
        self._start = start_line, headers
        if self._length <= self._application.max_bytes:
            return self._inner.headers_received(start_line, headers)
        return self._large()

    async def _large(self) -> None:
        """Before any of a large body is read: may this caller send it, and is there room for it?"""
        refusal = await self._application.admit(self._request, self._handler, self._length)
        if refusal is not None:
            self._refuse(refusal)
        if (ready := self._inner.headers_received(*self._start)) is not None:
            await ready

    def _refuse(self, refusal: Refusal = Refusal.TOO_LARGE) -> None:
        given = {"wanted": self._handler, "refusal": refusal}
        self._inner = self._application.get_handler_delegate(self._request, refusing(self._handler), given)

    def data_received(self, chunk: bytes) -> Any:
        self._bytes_left -= len(chunk)
        if self._bytes_left < 0 and "Content-Length" not in self._request.headers:
            self._refuse()
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
        prefix = re.escape(settings.server.base_path)
        secure = not settings.development
        routes = all_routes()
        rules = [(prefix + route[0], *route[1:]) for route in routes]
        self._exact = exact_routes(rules)
        super().__init__(
            rules + (extra or []),
            services=services,
            default_headers=default_headers(settings),
            api_document=ApiDocument(routes),
            cookie_secret=settings.server.cookie_secret,
            xsrf_cookie_name=cookie_name("_xsrf", settings),
            xsrf_cookie_kwargs={"samesite": "Lax", "path": "/", "secure": secure},
            compress_response=True,
            default_handler_class=UnknownRoute,
            log_function=self._log,
        )
        self._in_flight: set[HTTPServerRequest] = set()
        self._idle = asyncio.Event()
        self._idle.set()
        self.connections = Connections()
        self._large: set[HTTPServerRequest] = set()
        self._room = asyncio.Semaphore(MAX_LARGE_BODIES)
        self._services = services
        self.metrics = RequestMetrics((pattern, handler) for pattern, handler, *_ in routes)
        self.metrics.registry.register(services.security.counter)
        self.metrics.registry.register(services.security.refused_notifications)
        self.metrics.registry.register(services.security.refused_pushes)
        self.max_bytes = settings.limits.body_kilobytes * 1024

    @property
    def in_flight(self) -> int:
        """Requests that have begun to arrive and are not answered yet."""
        return len(self._in_flight)

    def ended(self, request: HTTPServerRequest) -> None:
        """The request is answered, or never will be."""
        self._in_flight.discard(request)
        if request in self._large:
            self._large.remove(request)
            self._room.release()
        if not self._in_flight:
            self._idle.set()

    def start_request(self, server_conn: object, request_conn: Any) -> HTTPMessageDelegate:
        """A connection waits for a request."""
        self.connections.waits(cast(HTTP1ServerConnection, server_conn))
        return super().start_request(server_conn, request_conn)

    def find_handler(self, request: HTTPServerRequest, **kwargs: Any) -> HTTPMessageDelegate:
        self.connections.has_request(cast(HTTP1ServerConnection, request.server_connection))
        self._in_flight.add(request)
        self._idle.clear()
        return _Received(self, request, self._handler_of(request), announced_length(request.headers))

    def _handler_of(self, request: HTTPServerRequest) -> HTTPMessageDelegate:
        """Most routes are nothing but a path: one look finds them, where Tornado's rules are tried in turn."""
        if (route := self._exact.get(request.path or "")) is not None:
            return self.get_handler_delegate(request, *route[1:3])
        return super().find_handler(request)

    async def admit(
        self, request: HTTPServerRequest, handler: type[RequestHandler], length: int
    ) -> Refusal | None:
        """Why a body beyond the common limit is not read. When it is, it has its place until it is answered."""
        if not (
            issubclass(handler, BaseHandler) and length <= handler.max_body_bytes(self._services.settings)
        ):
            return Refusal.TOO_LARGE
        try:
            if not await handler.is_known(self._services, request):
                return Refusal.TOO_LARGE
            async with asyncio.timeout(MAX_LARGE_WAIT_SECONDS):
                await self._room.acquire()
        except StorageError:
            return Refusal.TOO_LARGE
        except TimeoutError:
            return Refusal.BUSY
        self._large.add(request)
        return None

    async def drained(self, seconds: float) -> None:
        """Wait until no request is in flight, ``seconds`` at the most. A connection that was accepted just now is given
        a moment to send its request: its client does not know that the server is stopping."""
        try:
            async with asyncio.timeout(seconds):
                while self._in_flight or self.connections.has_new():
                    await self._idle.wait()
                    await asyncio.sleep(0.02)
        except TimeoutError:
            logger.warning("%d requests were still in flight after %.0f s", self.in_flight, seconds)

    def _log(self, handler: RequestHandler) -> None:
        request = handler.request
        self.ended(request)
        self.metrics.observe(handler)
        usual = logging.DEBUG if getattr(handler, "quiet", False) else logging.INFO
        logger.log(
            usual if handler.get_status() < 500 else logging.WARNING,
            "%s %s %s %d %.1fms %s",
            shown_address(handler, self._services.settings.server.log_addresses),
            request.method,
            request.path,
            handler.get_status(),
            request.request_time() * 1000,
            getattr(handler, "request_id", ""),
        )


def shown_address(handler: RequestHandler, how: str) -> str:
    """The client's address as the access log may have it (``server.log_addresses``)."""
    if how == "none":
        return "-"
    address = getattr(handler, "client_address", None) or handler.request.remote_ip or "-"
    return masked_address(address) if how == "masked" else address
