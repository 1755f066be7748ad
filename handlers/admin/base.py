"""The base of the administrators' side: who calls, CSRF, security headers, pages and their failures."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

import orjson
from tornado.httputil import HTTPServerRequest
from tornado.web import HTTPError

from accounts import admin_sessions
from accounts.audit import as_json
from handlers.admin.access import COOKIE, cookie_name
from handlers.base import STATELESS_METHODS, BaseHandler
from handlers.body import parse_body, parse_form
from handlers.errors import ApiError, ForgedForm, by_status
from handlers.services import Services
from storage import Transaction
from storage.models import Actor, Administrator, AdminSession, Role

T = TypeVar("T")
MULTIPART = "multipart/form-data"
CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "font-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


async def nothing(_: Transaction) -> None:
    """The work of an act that only reads: that it was read is what ``audited`` writes down."""


class AdminHandler(BaseHandler):
    """What pages and the kept JSON endpoints share. The administrator is identified once, in ``prepare``."""

    public = False
    """True for the login page alone."""
    limits_reads = False
    """True where even looking is work, and counts like a change."""
    before_own_password = False
    """True for what is open while the password is one that an owner has set."""
    role = Role.CLERK
    """The least that one must be: an owner may do everything."""
    open_to_accountants: tuple[str, ...] = ()
    """The methods that an accountant may call here, too; without it none."""
    keeps_session_alive = True
    """False for what the script of a page asks while the person may not be at the screen."""
    many_fields = False
    """True for the form that has a field per row of a long list."""
    administrator: Administrator | None = None
    admin_session: AdminSession | None = None
    body_fields: dict[str, Any]
    query_fields: dict[str, Any]

    def set_default_headers(self) -> None:
        super().set_default_headers()
        self.set_header("Cache-Control", "no-store")
        self.set_header("Content-Security-Policy", CONTENT_POLICY)
        self.set_header("X-Frame-Options", "DENY")

    async def prepare(self) -> None:
        self.query_fields = parse_form(self.request.query.encode())
        self.body_fields = {}
        token = self.get_cookie(self.session_cookie, "") or ""
        services = self.services
        found = await admin_sessions.find(
            services.storage, services.settings, token, self.now(), used=self.keeps_session_alive
        )
        if found is not None:
            self.admin_session, self.administrator = found
        if self.request.method not in STATELESS_METHODS:
            self.body_fields = self._body()
            self._refuse_forged()  # not before it is known whose browser was used
        if not self.public:
            self.require("admin")
            if self.limits_reads or self.request.method not in STATELESS_METHODS:
                per_minute = self.services.settings.limits.admin_write_per_minute
                self.limit("admin_write", str(self.caller.id), per_minute)
            if self.caller.must_change_password and not self.before_own_password:
                self.ask_for_own_password()

    def ask_for_own_password(self) -> None:
        """Nothing is done with a password that another person knows. Raises ApiError 409."""
        raise ApiError(409, "own_password_first", "请先把店主设置的密码改成只有您自己知道的")

    @property
    def session_cookie(self) -> str:
        return cookie_name(COOKIE, self.services.settings)

    @classmethod
    async def is_known(cls, services: Services, request: HTTPServerRequest) -> bool:
        """Does a request come from an administrator who is logged in? Asked before a large body is read."""
        cookie = request.cookies.get(cookie_name(COOKIE, services.settings))
        if cookie is None:
            return False
        storage, settings, at = services.storage, services.settings, services.clock()
        return await admin_sessions.find(storage, settings, cookie.value, at) is not None

    def check_xsrf_cookie(self) -> None:
        """Done in ``prepare``, so that no setting of the application can switch it off."""

    def _refuse_forged(self) -> None:
        """Raises ApiError 403 when the form does not carry the token of its page."""
        try:
            super().check_xsrf_cookie()
        except HTTPError:
            raise ForgedForm from None

    def _body(self) -> dict[str, Any]:
        kind = self.request.headers.get("Content-Type", "")
        if self.many_fields or kind.partition(";")[0].strip().lower() == MULTIPART:
            return {  # Tornado has taken it apart already
                name: values[-1].decode("utf-8", "replace")
                for name, values in self.request.body_arguments.items()
            }
        return parse_body(kind, self.request.body)

    def require(self, auth: str) -> None:
        if auth != "admin":
            return
        if self.administrator is None:
            raise by_status(401)
        if self.role == Role.OWNER and self.administrator.role == Role.CLERK:
            raise ApiError(403, "forbidden", "这项操作只有店主账号可以进行")
        if self.accountant and self.request.method not in self.open_to_accountants:
            raise ApiError(403, "forbidden", "会计账号只能查看收支和导出，这一页请店主或店员处理")

    @property
    def caller(self) -> Administrator:
        assert self.administrator is not None
        return self.administrator

    @property
    def account(self) -> str:
        return self.administrator.name if self.administrator else ""

    @property
    def actor(self) -> Actor:
        """The administrator, as an order's history records it."""
        return Actor("admin", self.caller.id)

    @property
    def owner(self) -> bool:
        return self.administrator is not None and self.administrator.role == Role.OWNER

    @property
    def accountant(self) -> bool:
        return self.administrator is not None and self.administrator.role == Role.ACCOUNTANT

    def set_cookie(self, name: str, value: str | bytes, *args: Any, **options: Any) -> None:
        """Every cookie of the administrators' side, Tornado's CSRF cookie too, has the same flags."""
        options.update(httponly=True, samesite="Lax", path="/")
        if not self.services.settings.development:
            options["secure"] = True
        super().set_cookie(name, value, *args, **options)

    async def audit(
        self,
        tx: Transaction,
        act: str,
        subject: tuple[str, int | str],
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
    ) -> None:
        """Write into the audit log, in the transaction of the act itself, who did what from where. ``act``: a key of
        ``audit_labels``; ``subject``: kind and id of what it was done to."""
        kind, subject_id = subject
        await tx.audit.add(
            self.administrator,
            self.client_address,
            act,
            kind,
            subject_id,
            self.now(),
            as_json(before),
            as_json(after),
        )

    async def audited(
        self,
        act: str,
        subject: tuple[str, int | str],
        work: Callable[[Transaction], Awaitable[T]],
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
    ) -> T:
        """Do ``work(tx)`` and write it into the audit log (``audit``), in one transaction; what the work gave."""

        async def run(tx: Transaction) -> T:
            outcome = await work(tx)
            await self.audit(tx, act, subject, before, after)
            return outcome

        return await self.services.storage.run(run)

    def page_number(self, name: str) -> int | None:
        """A number of the query; None when it is missing or none."""
        text = self.query_fields.get(name, "")
        return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


class AdminApi(AdminHandler):
    """The kept endpoints that answer with JSON."""

    def reply(self, body: dict[str, Any]) -> None:
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.finish(orjson.dumps(body))
