"""Orders whose money, supplements, escort's pay, invoices and complaints meet."""

from __future__ import annotations

from typing import Any

import pytest

from orders import serving
from orders.escort_pay import months, rules
from orders.supplements import deciding
from payment.payables import PayableKey
from storage.models import Order, PayRuleKind, Supplement
from storage.pay_views import PayHold
from storage.writes import NewPayRule
from tests.offline.conftest import receipt
from tests.payment.conftest import ADMIN, Shop, shop, shop_settings
from tests.payment.supplements.desk import EXTRA, Desk
from tests.payment.visit_money import assigned

__all__ = ["shop", "shop_settings"]

PAY = 8_000
"""What an escort earns for an order."""


@pytest.fixture
def desk(shop: Shop) -> Desk:
    return Desk(shop)


async def served(shop: Shop, order_id: int) -> int:
    """A paid order is finished by its escort, who is paid by a rule; the escort's id."""
    rule = NewPayRule(0, 0, PayRuleKind.FIXED, PAY, "2020-01-01")
    await shop.storage.run(lambda tx: rules.add_rule(tx, rule, 1, shop.at))
    escort_id = await assigned(shop, order_id)
    await shop.storage.run(lambda tx: serving.finish(tx, order_id, ADMIN, shop.at))
    return escort_id


async def hold(shop: Shop, order_id: int) -> PayHold:
    async with shop.storage.reading() as reader:
        return await reader.escort_pay.hold_of_order(order_id)


async def on_statement(shop: Shop, escort_id: int) -> tuple[int, int]:
    """What a statement of this month would say, and what is held back, in fen."""
    async with shop.storage.reading() as reader:
        found = await months.preview(reader, escort_id, months.month_of(shop.at))
    return found.total_fen, found.held_fen


async def in_cash(shop: Shop, desk: Desk, order_id: int) -> int:
    """A supplement of the order that was paid in cash; its id."""
    supplement_id = await desk.opened(order_id)
    await shop.payments.offline.record(PayableKey(order_id, supplement_id), receipt(shop, EXTRA), ADMIN)
    return supplement_id


async def dispute(shop: Shop, supplement_id: int, user_id: int) -> None:
    said = deciding.Dispute(user_id, "没有加时", shop.at)

    async def decide(tx: Any, order: Order, supplement: Supplement) -> None:
        await deciding.dispute(tx, order, supplement, said)

    await shop.payments.release_supplement(supplement_id, decide)


async def withdraw(shop: Shop, desk: Desk, supplement_id: int) -> None:
    known = await desk.get(supplement_id)
    seen = deciding.Seen(known.order_id, known.id, deciding.supplement_fingerprint(known))

    async def decide(tx: Any, order: Order, supplement: Supplement) -> Supplement:
        return await deciding.withdraw(tx, order, supplement, seen, "已减免", shop.at)

    await shop.payments.release_supplement(supplement_id, decide)
