"""The base of the administrators' side: who calls, CSRF, security headers, pages and their failures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import orjson
from marshmallow import Schema, ValidationError
from tornado.httputil import HTTPServerRequest
from tornado.web import HTTPError

from accounts.audit import as_json
from config import ROOT
from handlers.admin import assets, formats, labels
from handlers.admin.access import COOKIE, cookie_name, find_session
from handlers.admin.confirming import Confirming
from handlers.base import STATELESS_METHODS, BaseHandler
from handlers.body import JSON, parse_body, parse_form
from handlers.errors import ApiError, ForgedForm, as_api_error, by_status
from handlers.services import Services
from storage import Transaction
from storage.models import Actor, Administrator, AdminSession, Role

MULTIPART = "multipart/form-data"
CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "font-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


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
    many_fields = False
    """True for the form that has a field per row of a long list."""
    most_bytes = 0
    """How large a request of an administrator may be here, where that is more than elsewhere."""
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
        found = await find_session(self.services, self.get_cookie(self.session_cookie, "") or "", self.now())
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
        """Nothing is done with a password that somebody else knows. Raises ApiError 409."""
        raise ApiError(409, "own_password_first", "请先把店主设置的密码改成只有您自己知道的")

    @property
    def session_cookie(self) -> str:
        return cookie_name(COOKIE, self.services.settings)

    @classmethod
    async def is_known(cls, services: Services, request: HTTPServerRequest) -> bool:
        """Does a request come from somebody who is logged in? Asked before a large body is read."""
        cookie = request.cookies.get(cookie_name(COOKIE, services.settings))
        return cookie is not None and await find_session(services, cookie.value, services.clock()) is not None

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
        if self.role == Role.OWNER and self.administrator.role != Role.OWNER:
            raise ApiError(403, "forbidden", "这项操作只有店主账号可以进行")

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
        subject: str,
        subject_id: int | str,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
    ) -> None:
        """Write down, in the transaction of the act itself, who did what from where."""
        await tx.audit.add(
            self.administrator,
            self.client_address,
            act,
            subject,
            subject_id,
            self.now(),
            as_json(before),
            as_json(after),
        )

    def page_number(self, name: str) -> int | None:
        """A number of the query; None when it is missing or none."""
        text = self.query_fields.get(name, "")
        return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


class AdminApi(AdminHandler):
    """The kept endpoints that answer with JSON."""

    def reply(self, body: dict[str, Any]) -> None:
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.finish(orjson.dumps(body))


class AdminPage(Confirming, AdminHandler):
    """A page. Without a login it leads to the login page and, afterwards, back."""

    produces = "text/html"
    answers = (200, 302, 401, 409, 429)
    section = ""
    """Which entry of the menu is marked."""
    back = ""
    """Where the page of a failure leads back to, relative to ``admin/``."""

    def ask_for_own_password(self) -> None:
        if self.request.method != "GET" or self.fragment:
            super().ask_for_own_password()
        self.go("me/")

    def get_template_path(self) -> str:
        return str(ROOT / "templates")

    def get_template_namespace(self) -> dict[str, Any]:
        root = self.root()
        return {
            **super().get_template_namespace(),
            "root": root,
            "base": f"{root}admin/",
            "asset": lambda name: f"{root}{assets.address(name)}",
            "admin": self.administrator,
            "owner": self.owner,
            "section": self.section,
            "brand": self.services.settings.orders.brand,
            "labels": labels,
            "formats": formats,
            "menu": labels.MENU + (labels.OWNERS_MENU if self.owner else ()),
            "back": self.back,
            "done": labels.DONE.get(self.query_fields.get("done", ""), ""),
            "query_with": self.query_with,
        }

    def query_with(self, **changes: Any) -> str:
        """The query of this page with some values changed; None and empty ones are left out."""
        values = {**self.query_fields, **changes}
        for told in ("done", "about"):
            values.pop(told, None)
        return "?" + urlencode({name: value for name, value in values.items() if value not in (None, "")})

    def load(self, schema: Schema) -> dict[str, Any]:
        """The fields of the form. Raises ApiError 400 that names each bad field as the form does."""
        try:
            return dict(schema.load(self.body_fields))
        except ValidationError as error:
            problems = formats.form_problems(schema, error)
            sentence = "；".join(f"{label}：{text}" for label, text in problems.values())
            fields = {name: [text] for name, (_, text) in problems.items()}
            raise ApiError(400, "invalid_input", sentence, fields=fields) from None

    def unfit(self, error: Exception) -> ApiError:
        """A refusal with which the form is shown again, so that nothing that was typed is lost; the status is set.

        Raises ``error`` when it is no answer to a form.
        """
        shown = as_api_error(error)
        if shown is None or shown.status not in (400, 409) or self.sent_json:
            raise error
        self.set_status(shown.status)
        return shown

    @property
    def sent_json(self) -> bool:
        """Is it a program that calls, rather than a form?"""
        return self.request.headers.get("Content-Type", "").startswith(JSON)

    @property
    def fragment(self) -> bool:
        """Does htmx ask for a part of the page? Going back in the browser's history it wants all of it."""
        headers = self.request.headers
        return headers.get("HX-Request") == "true" and headers.get("HX-History-Restore-Request") != "true"

    def go(self, path: str, done: str = "") -> None:
        """To another page: ``path`` is relative to ``admin/``; ``done`` names a sentence of ``labels.DONE``."""
        if done:
            path += ("&" if "?" in path else "?") + urlencode({"done": done})
        self.redirect(f"{self.root()}admin/{path}")

    def done_with(self, name: str) -> int | None:
        """The id in ``done=<name>-<id>``: what was done is about that row, whose page finds the words itself."""
        about, _, number = self.query_fields.get("done", "").rpartition("-")
        return (
            int(number)
            if about == name and number.isascii() and number.isdigit() and len(number) <= 18
            else None
        )

    def here(self) -> str:
        """This page's address relative to ``admin/``, with its query."""
        path = self.request.path.removeprefix(self.services.settings.server.base_path).removeprefix("/admin/")
        return f"{path}?{self.request.query}" if self.request.query else path

    def write_failure(self, error: ApiError) -> None:
        if self.sent_json:
            super().write_failure(error)
        elif error.status == 401 and self.request.method == "GET":
            target = f"{self.root()}admin/login/?next={quote(self.here(), safe='')}"
            if self.fragment:
                self.set_header("HX-Redirect", target)
                self.finish()
            else:
                self.redirect(target)
        elif self.fragment:  # the sentence is shown above a page that keeps everything else
            self.set_header("Content-Type", "text/plain; charset=utf-8")
            self.finish(error.message)
        else:
            self.set_header("Content-Type", "text/html; charset=utf-8")
            page = self.render_string(
                "admin/error.html",
                error=error,
                request_id=self.request_id,
                came_from=self._came_from(),
                typed=self._typed(),
            )
            self.finish(page)

    def _came_from(self) -> str:
        """The page whose form was sent, relative to ``admin/``."""
        path = urlsplit(self.request.headers.get("Referer", "")).path
        _, found, below = path.partition(f"{self.services.settings.server.base_path}/admin/")
        return below if found else self.back

    def _typed(self) -> list[str]:
        """What a person wrote into the form that was refused, so that it is not lost; no passwords and no numbers."""
        values = [
            value
            for name, value in getattr(self, "body_fields", {}).items()
            if isinstance(value, str) and "password" not in name and name not in ("_xsrf", "code", "next")
        ]
        return [value for value in values if len(value.strip()) > 3 and not value.isascii()]
