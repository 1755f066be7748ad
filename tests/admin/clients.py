"""A browser without a screen, and what its answers hold."""

from __future__ import annotations

import html
import http.cookies
import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from tornado.httpclient import AsyncHTTPClient, HTTPRequest, HTTPResponse

_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
PASSWORD = "a long Passphrase 7"
"""Of every administrator that the tests make."""


FORM_PAGES = (
    (
        r"admin/(orders/[0-9]+/)(?:refund|cancel|unassign|reassign|answer|receipt(?:/reverse|/correct)?|troubles/[0-9]+/close)/",
        r"admin/\1",
    ),
    (r"admin/((?:refunds|cases|runners|users|complaints|invoices)/[0-9]+/)[a-z-]+/", r"admin/\1"),
    (r"admin/accounts/[0-9]+/(?:disable|enable|owner|clerk|accountant|password)/", "admin/accounts/"),
    (r"admin/(catalog/[a-z]+/)[0-9]+/archive/", r"admin/\1"),
    (r"admin/(catalog/[a-z]+/)[0-9]+/restore/", r"admin/\1?archived=1"),
    (r"(admin/catalog/[a-z]+/[0-9]+/)", r"\1"),
    (r"(admin/supplements/[0-9]+/refund/)", r"\1"),
)
"""Where the form of an act stands: address of the act, and of the page."""
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
SHOWN = ("fingerprint", "siblings_fingerprint", "escort_id")
"""The hidden fields that say what a page has shown."""


@dataclass
class Client:
    """What a browser does: keeps cookies, follows nothing by itself, reads the token from the form."""

    base: str
    cookies: dict[str, str] = field(default_factory=dict)
    set_cookies: list[str] = field(default_factory=list)

    @property
    def csrf_token(self) -> str:
        """In production the cookie has a prefix."""
        return self.cookies.get("_xsrf") or self.cookies.get("__Host-_xsrf", "")

    async def send(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> HTTPResponse:
        sent = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            **(headers or {}),
        }
        request = HTTPRequest(
            self.base + _NOT_ASCII.sub(lambda letters: quote(letters[0]), path),  # as a browser does
            method,
            sent,
            body,
            follow_redirects=False,
            decompress_response=True,
            request_timeout=120,
        )
        answer = await AsyncHTTPClient(force_instance=True).fetch(request, raise_error=False)
        self.set_cookies = answer.headers.get_list("Set-Cookie")
        for line in self.set_cookies:
            for name, morsel in http.cookies.SimpleCookie(line).items():
                self.cookies[name] = morsel.value
                if not morsel.value:
                    del self.cookies[name]
        return answer

    async def get(self, path: str, **headers: str) -> HTTPResponse:
        return await self.send("GET", path, headers=headers)

    async def page(self, path: str) -> str:
        """The text of a page that must be there."""
        answer = await self.get(path)
        assert answer.code == 200, (path, answer.code)
        return answer.body.decode()

    async def post(
        self, path: str, fields: dict[str, Any] | None = None, *, token: bool = True
    ) -> HTTPResponse:
        """Send a form as from a page that was just opened: with what that has shown, unless the fields say it
        themselves; and with the CSRF token unless told otherwise."""
        given = dict(fields or {})
        if token:
            given = {**await self._just_shown(path, given), **given}
            given["_xsrf"] = self.csrf_token
        return await self.send(
            "POST", path, urlencode(given).encode(), {"Content-Type": "application/x-www-form-urlencoded"}
        )

    async def _just_shown(self, path: str, given: dict[str, Any]) -> dict[str, str]:
        if path == "admin/catalog/experts/import/" and given.get("commit") and "plan" not in given:
            dry_run = await self.post(path, {**given, "commit": ""})
            return dict(
                re.findall(r'<input type="hidden" name="(plan)" value="([^"]*)"', dry_run.body.decode())
            )
        for pattern, page in FORM_PAGES:
            if (found := re.fullmatch(pattern, path)) and "fingerprint" not in given:
                answer = await self.get(found.expand(page))
                text, act = answer.body.decode(), path.removeprefix("admin/")
                in_form = f'{act}"' in text or f"{act}#" in text
                form = form_of(text, act) if in_form else dict(HIDDEN.findall(text)) if page == r"\1" else {}
                shown = {name: value for name, value in form.items() if name in SHOWN}
                return shown or {"fingerprint": "the page has no such form", "escort_id": "0"}
        return {}

    async def submit(self, path: str, action: str, fields: dict[str, Any] | None = None) -> HTTPResponse:
        """Open the page, and send its form for ``admin/<action>``, hidden fields and all."""
        form = form_of(await self.page(path), action)
        return await self.post(f"admin/{action}", {**form, **(fields or {})})

    async def post_json(self, path: str, body: dict[str, Any], *, token: bool = True) -> HTTPResponse:
        headers = {"Content-Type": "application/json"}
        if token:
            headers["X-XSRFToken"] = self.csrf_token
        return await self.send("POST", path, json.dumps(body).encode(), headers)

    async def upload(self, path: str, fields: dict[str, str], file: tuple[str, str, bytes]) -> HTTPResponse:
        """Send a form with one file: (field, file name, content)."""
        mark = "----limit0123456789"
        fields = {**await self._just_shown(path, fields), **fields}
        parts = b""
        for name, value in {**fields, "_xsrf": self.csrf_token}.items():
            parts += f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        parts += (
            f'--{mark}\r\nContent-Disposition: form-data; name="{file[0]}"; filename="{file[1]}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        ).encode()
        parts += file[2] + f"\r\n--{mark}--\r\n".encode()
        return await self.send("POST", path, parts, {"Content-Type": f"multipart/form-data; boundary={mark}"})

    async def log_in(self, name: str = "owner", password: str = PASSWORD, **more: str) -> HTTPResponse:
        await self.get("admin/login/")
        return await self.post("admin/login/", {"username": name, "password": password, **more})


def error_of(answer: HTTPResponse) -> str:
    """The slug of a refusal in the house shape."""
    body = json.loads(answer.body)
    assert body["code"] != 0
    assert {"error", "msg", "request_id"} <= set(body)
    return str(body["error"])


def form_of(page: str, action: str) -> dict[str, str]:
    """The hidden fields of the form whose address ends with ``action``, without the CSRF token."""
    found = re.search(rf'<form [^>]*action="[^"]*{re.escape(action)}[^"]*"[^>]*>(.*?)</form>', page, re.S)
    assert found, f"no form for {action}"
    hidden = HIDDEN.findall(found[1])
    return {name: html.unescape(value) for name, value in hidden if name != "_xsrf"}


def token_of(page: str) -> str:
    found = re.search(r'name="_xsrf" value="([^"]+)"', page)
    assert found
    return found[1]
