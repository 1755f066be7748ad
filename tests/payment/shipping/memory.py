"""A WeChat in memory that is told of shipments, at moments that the test decides: for values, pauses and cases."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any, cast

from clock import SECOND, shanghai_date
from config import Settings
from payment.shipping.context import ShippingContext
from payment.shipping.service import Shipping
from storage import Storage
from storage.models import Shipment, TradeState, User
from tests.payment.conftest import Shop
from tests.payment.fake_wechat import MERCHANT
from tests.payment.shipping.yard import DAY_MS, Yard
from wechat.shipping import PaymentKey, Report, ShippingState


class ToldShipping:
    """``states``: what ``get_order`` says of a payment of ours; to be shipped, where a test says nothing. ``failing``:
    what the next calls of a name end with; ``calls``: what was called, in order."""

    def __init__(self) -> None:
        self.states: dict[str, TradeState] = defaultdict(lambda: TradeState.TO_SHIP)
        self.in_complaint = False
        self.managed = self.completed = True
        self.failing: dict[str, list[Exception]] = defaultdict(list)
        self.calls: list[str] = []
        self.reports: list[Report] = []
        self.declared: list[tuple[PaymentKey, int]] = []

    def _called(self, name: str) -> None:
        self.calls.append(name)
        if self.failing[name]:
            raise self.failing[name].pop(0)

    async def is_managed(self) -> bool:
        self._called("managed")
        return self.managed

    async def is_confirmation_completed(self) -> bool:
        self._called("completed")
        return self.completed

    async def state_of(self, key: PaymentKey) -> ShippingState:
        self._called("state")
        return ShippingState(self.states[key.out_trade_no], self.in_complaint)

    async def upload(self, report: Report) -> None:
        self._called("upload")
        self.reports.append(report)
        self.states[report.key.out_trade_no] = TradeState.SHIPPED

    async def declare_presale(self, key: PaymentKey, delay_to: int) -> None:
        self._called("declare")
        self.declared.append((key, delay_to))


class MemoryYard(Yard):
    """Served orders and rounds over ``ToldShipping``; the clock stands still unless it is moved."""

    def __init__(self, storage: Storage, settings: Settings) -> None:
        self.wechat = ToldShipping()
        self.switched_on = settings.replace("shipping", enabled=True).replace("wechat", appid=MERCHANT.appid)
        super().__init__(cast(Any, Shop(storage, self.switched_on)), cast(Any, None))

    def another(self) -> Shipping:
        shop, calls = self.shop, cast(Any, self.wechat)
        return Shipping(ShippingContext(shop.storage, calls, shop.settings, shop.clock))

    async def paid(self, payer: User | None = None, days: int = 3, **changes: Any) -> int:
        changes.setdefault("visit_date", shanghai_date(self.shop.at + days * DAY_MS))
        return await self.shop.paid(payer, **changes)

    async def shipped(self) -> int:
        """A served order of which WeChat was told."""
        order_id = await self.served()
        assert await self.rounds(2) == ["shipped"]
        return order_id

    async def due(self, order_id: int, **columns: Any) -> None:
        """Make the order's shipment due now, with these values in its row."""
        values = {"next_at": self.shop.at, **columns}
        changes = ", ".join(f"{name} = :{name}" for name in values)
        async with self.shop.storage.transaction() as tx:
            await tx.connection.execute(
                f"UPDATE shipments SET {changes} WHERE order_id = :order", {**values, "order": order_id}
            )
            await tx.commit()

    async def after(self, order_id: int, error: Exception, call: str = "state") -> tuple[list[str], Shipment]:
        """A round in which this call ends so, when the shipment is due; what it did, and the row."""
        self.wechat.failing[call].append(error)
        await self.due(order_id)
        return await self.rounds(), await self.shipment(order_id)

    async def told_people(self) -> list[tuple[str, dict[str, Any]]]:
        """The open cases: kind and evidence."""
        async with self.shop.storage.reading() as reader:
            cases = await reader.finance.cases()
        return [(case.kind, json.loads(case.detail)) for case in cases if case.state == "open"]

    def seconds(self, at: int | None) -> float:
        """So long from now."""
        assert at is not None
        return (at - self.shop.at) / SECOND
