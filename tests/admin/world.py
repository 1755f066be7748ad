"""A small world for the tests of the administrators' side: clock, rows made by hand, a browser without a screen."""

from __future__ import annotations

import html
import http.cookies
import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from tornado.httpclient import AsyncHTTPClient, HTTPRequest, HTTPResponse

from accounts.personal_numbers import ESCORT_PHONE, paper_columns, phone_columns
from clock import DAY, HOUR, shanghai_date
from handlers.services import Services
from orders.transitions import Action, transition
from personal.papers import PaperKind
from storage import Transaction
from storage.models import SYSTEM, WECHAT, Actor

PASSWORD = "a long Passphrase 7"
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{ 7*7 }}"
ID_CARD = "11010519491231002X"
MOBILE = "13800001234"


class MovingClock:
    """A clock that a test moves."""

    def __init__(self, at: int = 1_795_000_000_000) -> None:
        self.at = at

    def __call__(self) -> int:
        return self.at


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


class World:
    """Makes rows as the product would have made them."""

    def __init__(self, services: Services, clock: MovingClock) -> None:
        self.services = services
        self.storage = services.storage
        self.clock = clock
        self._made = 0

    def day(self, days: int = 2) -> str:
        return shanghai_date(self.clock() + days * DAY)

    async def user(self, nickname: str = "小李") -> int:
        self._made += 1
        async with self.storage.transaction() as tx:
            user_id = await tx.users.find_or_add(f"openid-{self._made}", self.clock())
            await tx.users.set_profile(user_id, nickname, "")
            await tx.commit()
        return user_id

    async def patient(self, user_id: int, name: str = "李雷", phone: str = MOBILE, **changes: Any) -> int:
        vault = self.services.vault
        values = {
            "name": name,
            "adult": True,
            "sex": "m",
            **phone_columns(vault, phone),
            **paper_columns(vault, PaperKind.RESIDENT, ID_CARD),
            "relation": "本人",
            "consented_at": self.clock(),
            **changes,
        }
        async with self.storage.transaction() as tx:
            patient_id = await tx.patients.add(user_id, values, self.clock())
            await tx.commit()
        return patient_id

    async def order(
        self, state: str = "paid", *, user_id: int | None = None, patient: str = "李雷", **content: Any
    ) -> int:
        """An order of a user of its own, brought to ``unpaid``, ``paid`` or ``finished``."""
        user_id = user_id or await self.user()
        phone = content.pop("phone", MOBILE)
        patient_id = content.pop("patient_id", None) or await self.patient(user_id, patient, phone)
        row = {
            "hospital_id": 1,
            "hospital_name": "第一医院",
            "department": "心内科",
            "visit_date": self.day(),
            "service_id": 1,
            "service_name": "优享陪诊",
            "service_unit": "半天",
            "price_fen": 58800,
            "patient_id": patient_id,
            "patient_name": patient,
            "wishes": "",
            **content,
        }
        at = self.clock()
        async with self.storage.transaction() as tx:
            order_id = await tx.orders.add(user_id, row, Actor("user", user_id), at, at + 24 * HOUR)
            if state != "unpaid":
                await self._pay(tx, order_id, row["price_fen"], at)
            if state == "finished":
                order = await tx.orders.lock(order_id)
                assert order is not None
                await transition(tx, order, Action.FINISH, SYSTEM, at)
            await tx.commit()
        return order_id

    async def _pay(self, tx: Transaction, order_id: int, price_fen: int, at: int) -> None:
        self._made += 1
        number = f"20261118{self._made:024d}"
        attempt_id = await tx.attempts.add(
            order_id,
            {
                "out_trade_no": number,
                "amount_fen": price_fen,
                "currency": "CNY",
                "openid": "openid",
                "appid": "wxtest",
                "mchid": "1900000000",
                "description": "陪诊",
                "notify_url": "https://example.com/wechatpay/notify/",
                "expires_at": at + HOUR,
            },
            at,
            at,
        )
        await tx.attempts.move(
            attempt_id,
            ("created",),
            "paid",
            at,
            open_order_id=None,
            transaction_id=f"42000000{self._made:020d}",
            paid_at=at,
            next_query_at=None,
        )
        await tx.ledger.book("payment", number, price_fen, at, at, order_id=order_id, attempt_id=attempt_id)
        order = await tx.orders.lock(order_id)
        assert order is not None
        await transition(
            tx, order, Action.PAY, WECHAT, at, paid_fen=price_fen, paid_at=at, paid_attempt_id=attempt_id
        )

    async def escort(self, name: str = "王芳", state: str = "approved", phone: str = "13900005678") -> int:
        user_id = await self.user(name)
        async with self.storage.transaction() as tx:
            sealed = self.services.vault.seal(phone, ESCORT_PHONE)
            await tx.escorts.apply(user_id, name, sealed, phone[-4:], self.clock())
            escort = await tx.escorts.of_user(user_id)
            assert escort is not None
            if state != "pending":
                await tx.escorts.move(escort.id, "pending", state, self.clock())
            await tx.commit()
        return escort.id

    async def audited(self) -> list[str]:
        """The acts in the audit log, oldest first."""
        async with self.storage.reading() as reader:
            return [entry.act for entry in reversed(await reader.audit.page(limit=500))]

    async def log(self, count: int = 1) -> list[tuple[str, Any, Any]]:
        """The last rows of the audit log: act, before, after; newest first."""
        async with self.storage.reading() as reader:
            entries = await reader.audit.page(limit=count)
        return [(entry.act, _facts(entry.before_json), _facts(entry.after_json)) for entry in entries]


def _facts(text: str) -> Any:
    return json.loads(text) if text else None
