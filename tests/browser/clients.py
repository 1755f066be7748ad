"""What happens off the screen: a person's earlier doings, and the administrator's work."""

from __future__ import annotations

import asyncio
import itertools
import secrets
import zlib
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import httpx

from catalog import prices
from clock import DAY, now_ms, shanghai_date
from config import load_settings
from orders import serving
from payment.refunds import requests
from payment.refunds.steps import Decision
from storage import Transaction, open_storage
from storage.models import Actor, Cause, EscortState
from storage.schema import metadata
from tests.served import Served

PATIENT = {
    "if18": "y",
    "name": "李建国",
    "sex": "m",
    "phone": "13822223333",
    "idcard": "610102195001011233",
    "relation": "父母",
}
"""A made-up number with a right check digit."""
ADMINISTRATOR = Actor("admin", 1)
WAIT_SECONDS = 15.0

Found = TypeVar("Found")
_numbers = itertools.count(1)


def new_name() -> str:
    """A name that nobody else has, as login codes and the client's address take it."""
    return f"p{secrets.token_hex(5)}"


def day(days: int) -> str:
    """A Shanghai day, so many days from now."""
    return shanghai_date(now_ms() + days * DAY)


def _own_number(changes: dict[str, Any]) -> dict[str, str]:
    """A made-up ID number for each name: a user has one patient for each number."""
    name = changes.get("name")
    return {"idcard": f"6101021950{zlib.crc32(name.encode()) % 10**8:08d}"} if name else {}


class ApiUser:
    """A user who calls the server from elsewhere: what they do there is there when their phone asks."""

    def __init__(self, root: str, name: str) -> None:
        self.name = name
        self.http = httpx.Client(base_url=root, trust_env=False, timeout=20)
        self._warrant = ""

    def close(self) -> None:
        self.http.close()

    def send(self, method: str, path: str, *, warrant: str = "", **options: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {warrant or self.warrant}"}
        return self.http.request(method, path, headers=headers, **options)

    @property
    def warrant(self) -> str:
        if not self._warrant:
            code = f"as:{self.name}:elsewhere{next(_numbers)}-{secrets.token_hex(4)}"
            answer = self.http.get("login/", params={"code": code})
            assert answer.status_code == 200, answer.text
            self._warrant = answer.json()["warrant"]
        return self._warrant

    def get(self, path: str, **query: Any) -> dict[str, Any]:
        answer = self.send("GET", path, params=query)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[:300]}"
        return dict(answer.json())

    def post(self, path: str, **fields: Any) -> dict[str, Any]:
        answer = self.send("POST", path, json=fields)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[:300]}"
        return dict(answer.json())

    def add_patient(self, **changes: Any) -> int:
        return int(self.post("user/add1friend/", **{**PATIENT, **_own_number(changes), **changes})["id"])

    def order(self, **changes: Any) -> dict[str, Any]:
        """Place an order without paying: the answer, with its payment. ``friendid``: an existing patient."""
        given = {
            "hospitalId": 1,
            "hospitalCustom": "",
            "department": "心内科",
            "wantTime": day(30),
            "serviceId": 4,
            "more": "老人腿脚不便，需要轮椅",
            **changes,
        }
        if "friendid" not in given:
            given["friendid"] = self.add_patient()
        return self.post("user/create1order/", **given)

    def settle(self, placed: dict[str, Any], outcome: str = "success") -> None:
        """Do at the stand-in's cashier what a person does there."""
        prepay_id = placed["payment"]["package"].partition("=")[2]
        answer = self.http.post("sandbox/cashier/", json={"prepay_id": prepay_id, "outcome": outcome})
        assert answer.status_code == 200, answer.text

    def paid_order(self, **changes: Any) -> int:
        """An order that is paid; its id."""
        placed = self.order(**changes)
        self.settle(placed)
        self.until(placed["id"], "已付款")
        self.answer_consent(int(placed["id"]))
        return int(placed["id"])

    def answer_consent(self, order_id: int, agree: str = "y") -> None:
        """Answer whether the visit may be recorded, which the first paid order asks; no sheet asks about it then."""
        consent = self.get("user/getVisit/", id=order_id)["consent"]
        if consent["askNow"]:
            self.post("user/giveVisitConsent/", version=consent["version"], agree=agree)

    def orders(self) -> list[dict[str, Any]]:
        return list(self.get("user/getOrderStatus/")["data"])

    def detail(self, order_id: int) -> dict[str, Any]:
        return self.get("user/getOrder/", id=order_id)

    def until(self, order_id: int, progress: str) -> None:
        """Wait until the server says so of the order."""
        wait_for(lambda: self.detail(order_id)["order"]["progress"] == progress)

    def until_refunded(self, order_id: int) -> None:
        """Wait until WeChat has paid the newest refund out, whatever becomes of the order."""
        wait_for(lambda: self.detail(order_id)["refunds"][0]["state"] == "已退款")

    def logout(self, warrant: str) -> None:
        """End the session of this warrant."""
        assert self.send("POST", "user/logout/", warrant=warrant).status_code == 200


def wait_for(look: Callable[[], Found], seconds: float = WAIT_SECONDS) -> Found:
    """Look again and again until there is something; what there is."""

    async def looking() -> Found:
        async with asyncio.timeout(seconds):
            while not (found := look()):
                await asyncio.sleep(0.05)
            return found

    return _in_own_thread(looking())


def _in_own_thread(work: Awaitable[Found]) -> Found:
    """Run a coroutine in a thread of its own: Playwright keeps this thread's event loop."""

    async def run() -> Found:
        return await work

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(run())).result()


class Administrator:
    """The administrator, at the server's own database. What they decide, the running server carries out."""

    def __init__(self, served: Served) -> None:
        self._settings = load_settings(served.folder, served.folder / "config.toml", {})

    def _do(self, work: Callable[[Transaction], Awaitable[Found]]) -> Found:
        async def run() -> Found:
            storage = open_storage(self._settings.database, self._settings.data)
            await storage.open()
            try:
                return await storage.run(work)
            finally:
                await storage.close()

        return _in_own_thread(run())

    def approve_escort(self, applicant: ApiUser, name: str, phone: str) -> int:
        """A user applies and becomes an escort; the escort's number."""
        applicant.post("user/apply2be1caregiver/", name=name, phone=phone)

        async def work(tx: Transaction) -> int:
            escort = next(one for one in await tx.escorts.page() if one.name == name)
            await tx.escorts.move(escort.id, escort.state, EscortState.APPROVED, now_ms())
            return escort.id

        return self._do(work)

    def assign(self, order_id: int, escort_id: int) -> None:
        self._do(lambda tx: serving.assign(tx, order_id, escort_id, "am", Cause(ADMINISTRATOR, now_ms())))

    def price(self, service_id: int, fen: int) -> None:
        """Change what a service costs from now on."""
        self._do(lambda tx: tx.catalog.change("services", service_id, {"price_fen": fen}))

    def price_to_come(self, service_id: int, fen: int, begins_on: str) -> None:
        """Enter what a service costs from a day on."""

        async def work(tx: Transaction) -> None:
            at, service = now_ms(), await tx.catalog.entry("services", service_id)
            seen = prices.prices_mark(service, await tx.prices.pending_of(service_id), at)
            await prices.enter(tx, [prices.WantedPrice(service_id, fen, begins_on, seen)], 1, at)

        self._do(work)

    def let_expire(self, order_id: int) -> None:
        """The time to pay is over; the running server's sweeper does the rest."""

        async def work(tx: Transaction) -> None:
            order = await tx.orders.lock(order_id)
            assert order is not None
            await tx.connection.execute(
                "UPDATE orders SET expires_at = :at WHERE id = :id", {"id": order.id, "at": now_ms() - 1}
            )

        self._do(work)

    def copy(self, order_id: int, times: int) -> None:
        """So many more orders of the same user in the same state: a long history."""
        columns = ", ".join(
            column.name for column in metadata.tables["orders"].columns if column.name != "id"
        )

        async def work(tx: Transaction) -> None:
            for _ in range(times):
                await tx.connection.execute(
                    f"INSERT INTO orders ({columns}) SELECT {columns} FROM orders WHERE id = :id",
                    {"id": order_id},
                )

        self._do(work)

    def finish(self, order_id: int) -> None:
        self._do(lambda tx: serving.finish(tx, order_id, ADMINISTRATOR, now_ms()))

    def _asked(self, order_id: int) -> Callable[[Transaction], Awaitable[int]]:
        async def work(tx: Transaction) -> int:
            return (await tx.refunds.of_order(order_id))[-1].id

        return work

    def approve_refund(self, order_id: int, amount_fen: int) -> None:
        """Say yes to what the user asked for, wholly or in part."""
        refund_id = self._do(self._asked(order_id))
        self._do(
            lambda tx: requests.approve_refund(
                tx, refund_id, Decision(Cause(ADMINISTRATOR, now_ms())), amount_fen
            )
        )

    def reject_refund(self, order_id: int, note: str) -> None:
        refund_id = self._do(self._asked(order_id))
        self._do(
            lambda tx: requests.reject_refund(tx, refund_id, Decision(Cause(ADMINISTRATOR, now_ms(), note)))
        )
