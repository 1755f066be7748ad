"""Who uses the product from outside: users with their phones, and an administrator with a browser.

Both keep trying when the server does not answer, as people do. Neither can see into the server: all that they know
is what they were answered.
"""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from bench.processes import Site
from clock import DAY, now_ms, shanghai_date
from money import exact_yuan, read_amount

SILENT = (httpx.TransportError, httpx.RemoteProtocolError)
ASK_AGAIN = (429, 502, 503, 504)
"""Answers that mean "not now": nothing was refused for good."""
_ORDER_REFUND = re.compile(r"refunds/([0-9]+)/")
FINGERPRINT = re.compile(r'name="fingerprint" value="([^"]+)"')


class Surprise(Exception):
    """The server answered what it never should."""


class OutOfTime(Exception):
    """The server did not do in time what it was asked for."""


@dataclass
class Extra:
    """A supplement of an order that was paid. ``refund_fen``: what the office gave back of it."""

    supplement_id: int
    amount_fen: int
    refund_fen: int = 0
    in_cash: bool = False


@dataclass
class Purchase:
    """An order of which the phone was told that it is placed. ``refund_fen``: what the administrator approved."""

    person: str
    order_id: int
    price_fen: int
    refund_fen: int = 0
    extra: Extra | None = None
    in_cash: bool = False
    """Paid at the office, not at WeChat."""


@dataclass
class Town:
    """What all people share: the site, the time that is left, the counts, and what has happened."""

    site: Site
    random: random.Random
    deadline: float
    http: httpx.AsyncClient
    counts: Counter[str] = field(default_factory=Counter)
    purchases: list[Purchase] = field(default_factory=list)
    services: list[tuple[int, int]] = field(default_factory=list)
    """(id, price in fen) of what is sold."""
    on_request: Callable[[], None] = lambda: None
    """Called as each request to the server begins."""
    seconds: dict[str, list[float]] = field(default_factory=dict)
    """How long each kind of request took, when it was answered."""

    async def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        """A request to the server, until it answers. A repetition is the same request again."""
        while True:
            if time.monotonic() > self.deadline:
                raise OutOfTime(f"{method} {path}")
            self.on_request()
            self.counts["requests"] += 1
            begun = time.monotonic()
            try:
                answer = await self.http.request(method, self.site.server.root + path, **options)
            except SILENT:
                answer = None
            if answer is not None and answer.status_code not in ASK_AGAIN:
                self.seconds.setdefault(path.partition("?")[0], []).append(time.monotonic() - begun)
                return answer
            self.counts["retries"] += 1
            await asyncio.sleep(self.random.uniform(0.05, 0.3))

    async def open_shop(self) -> None:
        """Learn from the catalog what may be ordered, and for how much."""
        answer = await self.send("GET", "catalog/")
        self.services = [
            (entry["id"], read_amount(entry["price"]) or 0) for entry in answer.json()["services"]
        ]


class Phone:
    """A user's phone. Every method returns when the server has said so, however often it must be asked."""

    def __init__(self, town: Town, person: str) -> None:
        self.town = town
        self.person = person
        self._warrant = ""
        self._patient_id = 0
        self._logins = 0

    async def call(self, method: str, path: str, **fields: Any) -> tuple[int, dict[str, Any]]:
        """Status and body. A 401 or a 5xx that is no "not now" is a Surprise: what was answered must stay true."""
        headers = {"Authorization": f"Bearer {self._warrant}"} if self._warrant else {}
        options = {"params": fields} if method == "GET" else {"data": fields}
        answer = await self.town.send(method, path, headers=headers, **options)
        if answer.status_code in (401, 500):
            raise Surprise(f"{method} {path}: {answer.status_code} {answer.text[:200]}")
        return answer.status_code, answer.json()

    async def log_in(self) -> None:
        """With a new code whenever the server may have used the last one up without the bench knowing."""
        while True:
            self._logins += 1
            code = f"as:{self.person}:{self._logins}-{self.town.random.getrandbits(64):x}"
            status, body = await self.call("GET", "login/", code=code)
            if status == 200:
                self._warrant = body["warrant"]
                return
            self.town.counts["logins again"] += 1

    async def add_patient(self) -> None:
        status, body = await self.call(
            "POST",
            "user/add1friend/",
            if18="y",
            name="李建国",
            sex="m",
            phone="13800000000",
            idcard="110101195001010000",
            relation="父母",
        )
        expect(status, body, "add1friend")
        self._patient_id = body["id"]

    async def place(self) -> tuple[Purchase, str]:
        """Place an order; it, and the prepay_id to pay it with."""
        service_id, price_fen = self.town.random.choice(self.town.services)
        status, body = await self.call(
            "POST",
            "user/create1order/",
            hospitalId=1,
            hospitalCustom="",
            department="心内科",
            wantTime=shanghai_date(now_ms() + 30 * DAY),
            serviceId=service_id,
            friendid=self._patient_id,
            more="",
        )
        expect(status, body, "create1order")
        self.town.counts["orders placed"] += 1
        return Purchase(self.person, body["id"], price_fen), prepay_id_of(body)

    async def pay(self, purchase: Purchase, prepay_id: str, outcome: str) -> None:
        """At WeChat's cashier, which is always there. From here on the money has moved."""
        town = self.town
        if outcome == "cancel":  # thinks better of it, then worse
            await self.cashier(prepay_id, "cancel")
            status, body = await self.call("POST", "user/pay1order/", id=purchase.order_id)
            expect(status, body, "pay1order")
            prepay_id, outcome = prepay_id_of(body), "success"
        await self.cashier(prepay_id, outcome)
        town.purchases.append(purchase)
        town.counts["payments"] += 1

    async def cashier(self, prepay_id: str, outcome: str) -> None:
        answer = await self.town.http.post(
            f"{self.town.site.sandbox}cashier/", json={"prepay_id": prepay_id, "outcome": outcome}
        )
        if answer.status_code != 200:
            raise Surprise(f"the cashier: {answer.status_code} {answer.text[:200]}")

    async def until_progress(self, purchase: Purchase, *progress: str) -> dict[str, Any]:
        """Look at the order until it is as far; all that is shown of it."""
        while True:
            status, body = await self.call("GET", "user/getOrder/", id=purchase.order_id)
            expect(status, body, "getOrder")
            if body["order"]["progress"] in progress:
                return body
            self.town.counts["looks"] += 1
            await asyncio.sleep(self.town.random.uniform(0.1, 0.4))

    async def ask_refund(self, purchase: Purchase) -> int:
        """Ask for all that the policy gives; that amount in fen.

        Refused as "not allowed" after a try that was not answered: then that try has arrived, and the order says so.
        """
        shown = await self.until_progress(purchase, "已付款")
        amount = shown["refund"]["amount"]
        before = self.town.counts["retries"]
        status, body = await self.call(
            "POST", "user/refund1order/", id=purchase.order_id, reason="行程有变", amount=amount
        )
        if status != 200:
            if status != 409 or self.town.counts["retries"] == before:
                raise Surprise(f"refund1order: {status} {body}")
            self.town.counts["refund requests that had arrived"] += 1
            await self.until_progress(purchase, "退款中", "已退款")
        self.town.counts["refunds asked"] += 1
        return read_amount(amount) or 0

    async def withdraw_request(self, purchase: Purchase) -> None:
        """Take the request back. Refused after a try that was not answered: then that try has arrived."""
        before = self.town.counts["retries"]
        status, body = await self.call("POST", "user/withdraw1request/", id=purchase.order_id)
        if status != 200 and (status != 409 or self.town.counts["retries"] == before):
            raise Surprise(f"withdraw1request: {status} {body}")
        self.town.counts["requests withdrawn"] += 1
        await self.until_progress(purchase, "已付款")


def expect(status: int, body: dict[str, Any], what: str) -> None:
    if status != 200 or body.get("code") != 0:
        raise Surprise(f"{what}: {status} {body}")


def prepay_id_of(body: dict[str, Any]) -> str:
    return str(body["payment"]["package"].removeprefix("prepay_id="))


class Desk:
    """An administrator's browser. Cookies are kept by hand: people's clients share one connection pool."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._cookies: dict[str, str] = {}

    async def send(self, method: str, path: str, /, **fields: str) -> httpx.Response:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        data = {**fields, "_xsrf": self._cookies.get("_xsrf", "")} if method == "POST" else None
        answer = await self._town.send(method, path, headers=headers, data=data)
        self._cookies.update(answer.cookies)
        self._town.http.cookies.clear()
        return answer

    async def log_in(self) -> None:
        await self.send("GET", "admin/login/")
        answer = await self.send(
            "POST", "admin/login/", username="admin", password=self._town.site.admin_password
        )
        if answer.status_code != 302:
            raise Surprise(f"the administrator's login: {answer.status_code}")

    async def approve(self, order_id: int, amount_fen: int) -> None:
        """Find the order's newest request and approve it; being told that it is decided already counts as done."""
        page = await self.send("GET", f"admin/orders/{order_id}/")
        found = sorted(set(_ORDER_REFUND.findall(page.text)), key=int)
        if page.status_code != 200 or not found:
            raise Surprise(f"order {order_id}: {page.status_code}, no refund on its page")
        form = await self.send("GET", f"admin/refunds/{found[-1]}/")
        shown = FINGERPRINT.search(form.text)
        if form.status_code != 200:
            raise Surprise(f"refund {found[-1]}: {form.status_code}")
        if shown is None:  # decided meanwhile; the books say whether exactly once
            self._town.counts["approvals that had arrived"] += 1
            self._town.counts["approvals"] += 1
            return
        fields = {"amount": exact_yuan(amount_fen), "note": "", "fingerprint": shown.group(1)}
        act = f"admin/refunds/{found[-1]}/approve/"
        answer = await self.send("POST", act, **fields)
        if answer.status_code == 403:  # the login is some minutes old: the password is asked for again
            answer = await self.send("POST", act, **fields, confirm_password=self._town.site.admin_password)
        if answer.status_code == 409:
            self._town.counts["approvals that had arrived"] += 1
        elif answer.status_code != 302:
            raise Surprise(f"approving the refund of order {order_id}: {answer.status_code}")
        self._town.counts["approvals"] += 1
