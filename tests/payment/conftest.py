"""A shop: users, orders and ``Payments`` over a real storage, a WeChat in memory, and a clock that tests move."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from clock import shanghai_date
from config import Settings, load_settings
from payment.books import ledger
from payment.service import Payments
from payment.sweeper import SweepResult
from storage import Storage
from storage.models import Actor, Attempt, Order, Refund, User
from storage.writes import OrderContent
from tests.payment.fake_wechat import START, FakeVerifier, FakeWeChat

ADMIN = Actor("admin", 1)
PRICE = 58_800


class Shop:
    """One business. ``payments`` is as the handlers have it; ``another()`` is a further server process."""

    def __init__(self, storage: Storage, settings: Settings) -> None:
        self.storage = storage
        self.settings = settings
        self.at = START
        self.wechat = FakeWeChat(self.clock)
        self.payments = self.another()
        self.sweeper = self.payments.sweeper("test")

    def clock(self) -> int:
        return self.at

    def pass_time(self, milliseconds: int) -> None:
        self.at += milliseconds

    def another(self) -> Payments:
        """A process of its own on the same database: it shares no lock in memory."""
        return Payments(
            self.storage,
            self.wechat,
            FakeVerifier(),
            lambda prepay_id: {"package": f"prepay_id={prepay_id}"},
            self.settings,
            self.clock,
        )

    async def user(self, openid: str = "oUser1") -> User:
        user_id = await self.storage.run(lambda tx: tx.users.find_or_add(openid, self.at))
        async with self.storage.reading() as reader:
            found = await reader.users.get(user_id)
        assert found is not None
        return found

    def content(self, **changes: Any) -> OrderContent:
        """What the order form holds, for a visit in ten days."""
        values: dict[str, Any] = {
            "hospital_id": 1,
            "hospital_name": "西京医院",
            "department": "心内科",
            "visit_date": shanghai_date(self.at + 10 * 86_400_000),
            "service_id": 1,
            "service_name": "特需门诊VIP陪诊服务",
            "service_unit": "次",
            "price_fen": PRICE,
            "patient_id": 1,
            "patient_name": "测试",
            "wishes": "",
            **changes,
        }
        return OrderContent(**values)

    async def placed(self, user: User | None = None, **changes: Any) -> int:
        """A new unpaid order with an open payment."""
        user = user or await self.user()
        order_id, _ = await self.payments.place(user, self.content(**changes), self.at)
        return order_id

    async def paid(self, user: User | None = None, **changes: Any) -> int:
        """An order that was paid, and about which WeChat's notification came."""
        order_id = await self.placed(user, **changes)
        number = (await self.attempt(order_id)).out_trade_no
        self.wechat.pay(number)
        await self.payments.notify({}, self.wechat.paid_notice(number))
        return order_id

    async def order(self, order_id: int) -> Order:
        async with self.storage.reading() as reader:
            found = await reader.orders.get(order_id)
        assert found is not None
        return found

    async def unpaid(self, user: User) -> Order:
        """The user's one unpaid order."""
        async with self.storage.transaction() as tx:
            (found,) = await tx.orders.unpaid_of_user(user.id)
        return found

    async def attempts(self, order_id: int) -> list[Attempt]:
        async with self.storage.reading() as reader:
            return await reader.attempts.of_order(order_id)

    async def attempt(self, order_id: int) -> Attempt:
        """The newest attempt."""
        return (await self.attempts(order_id))[-1]

    async def refunds(self, order_id: int) -> list[Refund]:
        async with self.storage.reading() as reader:
            return await reader.refunds.of_order(order_id)

    async def refund(self, order_id: int) -> Refund:
        """The newest refund."""
        return (await self.refunds(order_id))[-1]

    async def states(self, order_id: int) -> list[str]:
        """The order's history, as the states it reached."""
        async with self.storage.reading() as reader:
            return [step.to_state for step in await reader.orders.history(order_id)]

    async def cases(self) -> list[str]:
        async with self.storage.reading() as reader:
            return sorted(case.kind for case in await reader.finance.cases())

    async def balance(self) -> dict[str, int]:
        async with self.storage.reading() as reader:
            return await reader.ledger.totals()

    async def sweep(self) -> SweepResult:
        return await self.sweeper.run_once()

    async def assert_books_agree(self) -> None:
        """Ledger, payments, refunds, orders, and WeChat's own idea of the money."""
        assert await ledger.self_check(self.storage) == []
        assert sum((await self.balance()).values()) == self.wechat.money_fen


@pytest.fixture
def shop_settings(tmp_path: Path) -> Settings:
    return load_settings(tmp_path, environment={})


@pytest.fixture
def shop(storage: Storage, shop_settings: Settings) -> Shop:
    """Runs the test on both engines, through ``storage``."""
    return Shop(storage, shop_settings)
