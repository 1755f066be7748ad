"""Supplements of a shop's orders: made, opened for payment, paid, given back."""

from __future__ import annotations

import itertools
from typing import Any

from clock import MINUTE
from storage.models import Attempt, Refund, Supplement, SupplementKind, SupplementState, User
from storage.writes import NewSupplement
from tests.payment.conftest import ADMIN, Shop

EXTRA = 12_000
"""What a supplement costs, in fen."""


class Desk:
    """The office beside a shop, where supplements are made. One user owns all the orders."""

    admin = ADMIN

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self._numbers = itertools.count()

    async def opened(self, order_id: int | None = None, **changes: Any) -> int:
        """A supplement that waits to be paid, of a paid order."""
        order_id = order_id or await self.shop.paid()
        number = next(self._numbers)
        values = {
            "order_id": order_id,
            "kind": SupplementKind.OVERTIME,
            "amount_fen": EXTRA,
            "reason": "多陪了两个小时",
            "state": SupplementState.OPEN,
            "proposed_by_kind": "admin",
            "proposed_by": 1,
            "action_id": f"made-{order_id}-{number}",
            "created_at": self.shop.at,
            "opened_at": self.shop.at,
            "opened_by": 1,
            "updated_at": self.shop.at,
            **changes,
        }
        return await self.shop.storage.run(lambda tx: tx.supplements.add(NewSupplement(**values)))

    async def begun(self, user: User | None = None, **changes: Any) -> int:
        """One whose payment has begun."""
        supplement_id = await self.opened(**changes)
        await self.shop.payments.pay_supplement(supplement_id, user or await self.shop.user())
        return supplement_id

    async def paid(self, user: User | None = None, **changes: Any) -> int:
        """One that was paid, and about which WeChat's notification came."""
        supplement_id = await self.begun(user, **changes)
        await self.pay_newest(supplement_id)
        return supplement_id

    async def pay_newest(self, supplement_id: int) -> str:
        """The newest attempt is paid, and WeChat tells; its number."""
        number = (await self.attempt(supplement_id)).out_trade_no
        self.shop.wechat.pay(number)
        await self.shop.payments.notify({}, self.shop.wechat.paid_notice(number))
        return number

    async def given_back(self, supplement_id: int) -> None:
        """WeChat takes the newest refund of its order, pays it out and tells."""
        self.shop.pass_time(2 * MINUTE)
        await self.shop.sweep()
        number = (await self.refunds(supplement_id))[-1].out_refund_no
        self.shop.wechat.finish_refund(number)
        await self.shop.payments.notify({}, self.shop.wechat.refund_notice(number))

    async def set(self, supplement_id: int, **columns: Any) -> None:
        """What a decision about it writes."""
        await self.shop.storage.run(
            lambda tx: tx.supplements._update("supplements", columns, "id = :id", {"id": supplement_id})
        )

    async def get(self, supplement_id: int) -> Supplement:
        async with self.shop.storage.reading() as reader:
            found = await reader.supplements.get(supplement_id)
        assert found is not None
        return found

    async def order_id(self, supplement_id: int) -> int:
        return (await self.get(supplement_id)).order_id

    async def attempts(self, supplement_id: int) -> list[Attempt]:
        """Oldest first."""
        found = await self.shop.attempts(await self.order_id(supplement_id))
        return [attempt for attempt in found if attempt.supplement_id == supplement_id]

    async def attempt(self, supplement_id: int) -> Attempt:
        """The newest one."""
        return (await self.attempts(supplement_id))[-1]

    async def refunds(self, supplement_id: int) -> list[Refund]:
        """Oldest first."""
        attempts = {attempt.id for attempt in await self.attempts(supplement_id)}
        found = await self.shop.refunds(await self.order_id(supplement_id))
        return [refund for refund in found if refund.attempt_id in attempts]
