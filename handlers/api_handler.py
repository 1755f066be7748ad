"""The base of the API's handlers: the caller is identified once, by the token of a session."""

from __future__ import annotations

from typing import Any, ClassVar

import orjson
from tornado.httputil import HTTPServerRequest

from accounts import user_sessions
from accounts.user_sessions import OwnRows, well_formed_token
from handlers.base import STATELESS_METHODS, BaseHandler
from handlers.body import parse_body, parse_form
from handlers.errors import by_status
from storage import Reader
from storage.models import SentIn, Session, User

SHARED_LIMITS = ("order", "card", "claim")
"""Those that protect money or a secret hold across all processes; so do those of the two logins, by
``limit_network``."""


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
    own_rows: ClassVar[OwnRows[Any] | None] = None
    """What a handler that lists something of the caller reads in the same trip as the session: it is in ``rows``."""
    rows: Any = None

    @property
    def account(self) -> str:
        return f"user:{self.user.id}" if self.user else ""

    def check_xsrf_cookie(self) -> None:
        """Not needed: a warrant is sent on purpose, never by a browser on its own."""

    async def prepare(self) -> None:
        self._headers["Cache-Control"] = "no-store"
        if self.request.query:
            self.query_fields = parse_form(self.request.query.encode())
        if self.reads_body and self.request.method not in STATELESS_METHODS:
            self.body_fields = parse_body(self.request.headers.get("Content-Type", ""), self.request.body)
        await self._identify()

    async def _identify(self) -> None:
        warrant, sent_in = self._warrant()
        if not warrant:
            return
        at, settings, storage = self.now(), self.services.settings, self.services.storage
        async with storage.reading() as reader:
            if self.own_rows is None:
                found = await user_sessions.find(reader, settings, warrant, sent_in, at)
            else:
                both = await user_sessions.find_with(self.own_rows, reader, settings, warrant, sent_in, at)
                found, self.rows = both or (None, None)
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

    def check_etag_header(self) -> bool:
        """Without an ETag there is nothing to look for in the request."""
        return "Etag" in self._headers and super().check_etag_header()

    def reply(self, body: dict[str, Any]) -> None:
        self._headers["Content-Type"] = "application/json; charset=utf-8"
        self.finish(orjson.dumps(body))
