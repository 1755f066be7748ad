"""The base of every handler: who calls, request ids, one error shape, headers, logs without secrets."""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
from collections.abc import AsyncIterator
from typing import Any, cast

import orjson
from tornado.http1connection import HTTP1Connection
from tornado.httputil import HTTPServerRequest
from tornado.iostream import StreamClosedError
from tornado.web import RequestHandler

from accounts import user_sessions
from accounts.limits import client_address, rate_limit_network
from accounts.security_events import SecurityEvent
from accounts.user_sessions import well_formed_token
from config import Settings
from failures import place
from handlers.body import parse_body, parse_form
from handlers.errors import ApiError, ForgedForm, as_api_error, by_status
from handlers.services import Services
from storage import Reader, StorageUnavailable
from storage.models import SentIn, Session, User

logger = logging.getLogger("hospital.http")

_REQUEST_ID = re.compile(r"[0-9A-Za-z_-]{8,64}")
EVENTS_BY_STATUS = {403: SecurityEvent.FORBIDDEN, 429: SecurityEvent.RATE_LIMITED}
"""Refusals of these statuses leave a trace."""
SHARED_LIMITS = ("order", "card", "claim")
"""Those that protect money or a secret hold across all processes; so do those of the two logins, by
``limit_network``."""
STANDARD_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
STATELESS_METHODS = ("GET", "HEAD")


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

    def set_default_headers(self) -> None:
        given = self.request.headers.get("X-Request-Id", "")
        self.request_id = self.request_id or (given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8))
        headers = self._headers
        headers["X-Request-Id"] = self.request_id
        for name, value in self.settings["default_headers"]:
            headers[name] = value
        del headers["Server"]

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
        for name, value in shown.headers.items():
            self.set_header(name, value)
        if shown.status == 405:
            self.set_header("Allow", ", ".join(self.methods()))
        self.write_failure(shown)

    def write_failure(self, error: ApiError) -> None:
        """API and unknown routes answer with JSON; pages override this."""
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.set_header("Cache-Control", "no-store")
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


def header_token(request: HTTPServerRequest) -> str:
    """The login token of a request that sends it in a header, or empty."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else request.headers.get("warrant", "")


class ApiHandler(BaseHandler):
    """The JSON API. The caller is identified once, in ``prepare``."""

    user: User | None = None
    session: Session | None = None
    reads_body = True
    """False for uploads, which are not a form of fields."""
    limited_as = "write"
    """The limit per user that each change counts to: ``limits.<this>_per_minute``."""
    limits_reads = False
    """True where even looking is work."""

    @property
    def account(self) -> str:
        return f"user:{self.user.id}" if self.user else ""

    def check_xsrf_cookie(self) -> None:
        """Not needed: a warrant is sent on purpose, never by a browser on its own."""

    async def prepare(self) -> None:
        self.set_header("Cache-Control", "no-store")
        self.query_fields = parse_form(self.request.query.encode())
        self.body_fields = {}
        if self.reads_body and self.request.method not in STATELESS_METHODS:
            self.body_fields = parse_body(self.request.headers.get("Content-Type", ""), self.request.body)
        await self._identify()

    async def _identify(self) -> None:
        warrant, sent_in = self._warrant()
        if not warrant:
            return
        at, settings, storage = self.now(), self.services.settings, self.services.storage
        async with storage.reading() as reader:
            found = await user_sessions.find(reader, settings, warrant, sent_in, at)
            if found is None:
                return
            self.session, self.user = found
            await self.identify_role(reader, self.user)
        await user_sessions.keep_alive(storage, settings, self.session, sent_in, at)

    async def identify_role(self, reader: Reader, user: User) -> None:
        """Look what else the user is, where a subclass asks for more than a user."""

    def _warrant(self) -> tuple[str, SentIn]:
        """The login token: from a header, or, as released clients send it, from the body or the query."""
        if given := header_token(self.request):
            return well_formed_token(given), SentIn.HEADER
        return well_formed_token(
            self.body_fields.get("warrant") or self.query_fields.get("warrant")
        ), SentIn.FIELD

    def require(self, auth: str) -> None:
        if auth and self.user is None:
            raise by_status(401)
        if auth not in ("", "user"):  # a role that only a subclass can know
            raise by_status(403)

    async def limit_caller(self) -> None:
        """Every change that a user makes counts to a limit. Raises ApiError 429."""
        if self.user is None or (self.request.method in STATELESS_METHODS and not self.limits_reads):
            return
        per_minute = getattr(self.services.settings.limits, f"{self.limited_as}_per_minute")
        if self.limited_as in SHARED_LIMITS:
            await self.limit_shared(self.limited_as, str(self.user.id), per_minute)
        else:
            self.limit(self.limited_as, str(self.user.id), per_minute)

    @property
    def caller(self) -> User:
        """The user who calls; only behind ``auth="user"``."""
        assert self.user is not None
        return self.user

    def compute_etag(self) -> str | None:
        """Replies are not cached; the catalog has an ETag of its own."""
        return None

    def reply(self, body: dict[str, Any]) -> None:
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.finish(orjson.dumps(body))
