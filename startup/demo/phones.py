"""Phones and the office's browser, over HTTP: all that they know is what they were answered."""

from __future__ import annotations

import asyncio
import itertools
import re
import secrets
from typing import Any

import httpx

_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
_FORM = re.compile(r"<form\b[^>]*>.*?</form>", re.DOTALL)
_CONFIRMATION_FIELD = 'name="confirm_password"'
_logins = itertools.count(1)


class Refusal(Exception):
    """The server did not do what the story wants."""


def _checked(answer: httpx.Response, path: str) -> httpx.Response:
    if answer.status_code not in (200, 302):
        raise Refusal(f"{path}: {answer.status_code} {_sentence(answer)}")
    return answer


def _sentence(answer: httpx.Response) -> str:
    try:
        return str(answer.json().get("msg", ""))
    except ValueError:
        found = re.search(r'role="alert"[^>]*>(.*?)</', answer.text, re.DOTALL)
        return re.sub(r"<[^>]+>", "", found[1]).strip() if found else answer.text[:80]


class Phone:
    """A user, or an escort, with the mini-program."""

    def __init__(self, http: httpx.AsyncClient, login: str) -> None:
        self._http = http
        self.login = login
        self._warrant = ""
        self._lock = asyncio.Lock()

    async def _headers(self) -> dict[str, str]:
        async with self._lock:
            if not self._warrant:
                answer = await self._http.get("login/", params={"code": f"as:{self.login}:{next(_logins)}"})
                self._warrant = str(_checked(answer, "login/").json()["warrant"])
        return {"Authorization": f"Bearer {self._warrant}"}

    async def get(self, path: str, **query: Any) -> dict[str, Any]:
        answer = await self._http.get(path, params=query, headers=await self._headers())
        return dict(_checked(answer, path).json())

    async def post(self, path: str, **fields: Any) -> dict[str, Any]:
        answer = await self._http.post(path, json=fields, headers=await self._headers())
        return dict(_checked(answer, path).json())

    async def opens(self) -> None:
        """The person opens the mini-program: WeChat checks what somebody writes who did so in the last two hours."""
        await self._headers()
        _checked(await self._http.post("sandbox/people/", json={"person": self.login}), "sandbox/people/")

    async def upload(self, path: str, name: str, content: bytes, kind: str = "image/jpeg") -> dict[str, Any]:
        files = {name: ("picture.jpg", content, kind)}
        answer = await self._http.post(path, files=files, headers=await self._headers())
        return dict(_checked(answer, path).json())

    async def pay(self, payment: dict[str, str]) -> None:
        """What a person does at WeChat's cashier."""
        prepay_id = payment["package"].partition("=")[2]
        wish = {"prepay_id": prepay_id, "outcome": "success"}
        _checked(await self._http.post("sandbox/cashier/", json=wish), "sandbox/cashier/")


def action_id() -> str:
    """As a phone makes one for each tap."""
    return secrets.token_urlsafe(18)


class Desk:
    """An administrator's browser."""

    def __init__(self, root: str, name: str, password: str) -> None:
        self._http = httpx.AsyncClient(base_url=root, trust_env=False, timeout=30)
        self.name, self._password = name, password

    async def close(self) -> None:
        await self._http.aclose()

    async def log_in(self) -> None:
        await self._http.get("admin/login/")
        given = {"username": self.name, "password": self._password, "_xsrf": self._token}
        answer = await self._http.post("admin/login/", data=given)
        if answer.status_code != 302:
            raise Refusal(f"admin/login/: {answer.status_code}")

    @property
    def _token(self) -> str:
        return self._http.cookies.get("_xsrf") or ""

    async def page(self, path: str) -> str:
        answer = await self._http.get(f"admin/{path}")
        if answer.status_code != 200:
            raise Refusal(f"{path}: {answer.status_code} {_sentence(answer)}")
        return answer.text

    async def act(self, path: str, fields: dict[str, Any] | None = None, *, on: str = "") -> httpx.Response:
        """Send a form to ``path``; ``on``: the page that it stands on, whose hidden fields go with it. A page that
        asks for the password again is answered."""
        hidden = form_on(await self.page(on), path) if on else {}
        data = {**hidden, **(fields or {}), "_xsrf": self._token}
        answer = await self._http.post(f"admin/{path}", data=data)
        if answer.status_code == 403 and _CONFIRMATION_FIELD in answer.text:
            data["confirm_password"] = self._password
            answer = await self._http.post(f"admin/{path}", data=data)
        return _checked(answer, path)

    async def send_file(
        self, path: str, fields: dict[str, Any], file: tuple[str, str, bytes, str], *, on: str
    ) -> httpx.Response:
        """A form with a file: the field's name, the file's name, content and type."""
        name, called, content, kind = file
        data = {**form_on(await self.page(on), path), **fields, "_xsrf": self._token}
        answer = await self._http.post(f"admin/{path}", data=data, files={name: (called, content, kind)})
        return _checked(answer, path)


def form_on(page: str, path: str) -> dict[str, str]:
    """The hidden fields of the form that is sent to ``path``. Raises Refusal when the page has none."""
    for form in _FORM.findall(page):
        action = re.search(r'action="([^"]*)"', form)
        if action and action[1].partition("#")[0].endswith(path.partition("?")[0]):
            return {name: value for name, value in _HIDDEN.findall(form) if name != "_xsrf"}
    raise Refusal(f"{path}: the page has no such form")
