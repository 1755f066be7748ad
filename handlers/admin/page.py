"""The base of the administrators' pages: templates, forms, redirects, and failures as pages."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from urllib.parse import quote, urlencode, urlsplit

from marshmallow import Schema, ValidationError

from config import ROOT
from handlers.admin import assets, formats, labels
from handlers.admin.base import AdminHandler
from handlers.admin.confirming import Confirming
from handlers.body import JSON
from handlers.errors import ApiError, as_api_error, not_found
from storage import Reader

Row = TypeVar("Row")
_ABOUT = re.compile(
    r"(?:catalog/)?(orders|refunds|cases|runners|users|accounts|hospitals|services|experts|banners|showcases)"
    r"/([0-9]{1,18})/"
)
"""The paths of which the audit log knows what they are about."""
FINGERPRINT_MISSING = (
    "没有保存：表单里没有打开页面时的内容标记，不知道您看到的是不是最新的。请刷新页面，核对后再提交"
)


class AdminPage(Confirming, AdminHandler):
    """A page. Without a login it leads to the login page and, afterwards, back."""

    produces = "text/html"
    answers: tuple[int, ...] = (200, 302, 401, 409, 429)
    section = ""
    """Which entry of the menu is marked."""
    searched = ""
    """What the search box of every page holds: what was looked for, on the page of what was found."""
    back = ""
    """Where the page of a failure leads back to, relative to ``admin/``."""

    def ask_for_own_password(self) -> None:
        if self.request.method != "GET" or self.fragment:
            super().ask_for_own_password()
        self.redirect_done("me/")

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
            "rehearsal": self.services.settings.staging,
            "labels": labels,
            "formats": formats,
            "printed_at": self.now(),
            "accountant": self.accountant,
            "find": self.searched,
            "menu": self._menu(),
            "order_link": self._order_link,
            "back": self.back,
            "done": labels.DONE.get(self.query_fields.get("done", ""), ""),
            "query_with": self.query_with,
            "conflict_about": self._conflict_about(),
        }

    def _conflict_about(self) -> str:
        """``orders/12`` where this page refuses because that has changed meanwhile, so that it tells who did it."""
        found = _ABOUT.match(self.here()) if self.get_status() == 409 and self.administrator else None
        return f"{found[1]}/{found[2]}" if found else ""

    def _menu(self) -> tuple[tuple[str, str, str], ...]:
        if self.accountant:
            return labels.ACCOUNTANTS_MENU
        return labels.MENU + (labels.OWNERS_MENU if self.owner else ())

    def _order_link(self, order_id: int) -> str:
        """An order's number as HTML: a link for those who may open its page."""
        if self.accountant:
            return f"#{order_id}"
        return f'<a href="{self.root()}admin/orders/{order_id}/">#{order_id}</a>'

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

    async def read_one(self, read: Callable[[Reader], Awaitable[Row | None]]) -> Row:
        """The row that an address names. Raises ApiError 404 when there is none."""
        async with self.services.storage.reading() as reader:
            row = await read(reader)
        if row is None:
            raise not_found()
        return row

    def shown_fingerprint(self, name: str = "fingerprint") -> str:
        """What the page of this form has shown, as its hidden field says. Nobody decides about what they have not seen.

        Raises ApiError 400 when the form does not say it.
        """
        given = self.body_fields.get(name)
        if not isinstance(given, str) or not given.strip():
            raise ApiError(400, "fingerprint_missing", FINGERPRINT_MISSING)
        return given

    def form_error(self, error: Exception) -> ApiError:
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

    def redirect_done(self, path: str, done: str = "") -> None:
        """To another page: ``path`` is relative to ``admin/``; ``done`` names a sentence of ``labels.DONE``, which
        stands at the top of the page, where a place in the page (#) would not show it."""
        if done:
            path = path.partition("#")[0]
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
