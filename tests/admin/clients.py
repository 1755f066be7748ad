"""A browser without a screen, and what its answers hold."""

from __future__ import annotations

import html
import http.cookies
import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from tornado.httpclient import AsyncHTTPClient, HTTPRequest, HTTPResponse

PASSWORD = "a long Passphrase 7"
"""Of every administrator that the tests make."""


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
            self.base + path,
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
        """Send a form, with the CSRF token unless told otherwise."""
        given = dict(fields or {})
        if token:
            given["_xsrf"] = self.csrf_token
        return await self.send(
            "POST", path, urlencode(given).encode(), {"Content-Type": "application/x-www-form-urlencoded"}
        )

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
    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', found[1])
    return {name: html.unescape(value) for name, value in hidden if name != "_xsrf"}


def token_of(page: str) -> str:
    found = re.search(r'name="_xsrf" value="([^"]+)"', page)
    assert found
    return found[1]
