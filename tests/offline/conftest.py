"""A shop that also takes money outside of WeChat."""

from __future__ import annotations

from typing import Any

from clock import MINUTE
from payment import payables
from payment.books import ledger
from payment.offline.marks import mark_of
from payment.offline.receipts import Handling, Receipt
from payment.payables import PayableKey
from storage.models import LedgerEntry, OfflineEntry, OfflineMethod
from tests.payment.conftest import ADMIN, PRICE, Shop, shop, shop_settings

__all__ = ["shop", "shop_settings"]


def handling(shop: Shop, **changes: Any) -> Handling:
    """Cash that a colleague took ten minutes ago."""
    values: dict[str, Any] = {
        "method": OfflineMethod.CASH,
        "reference": "收据 0031",
        "handled_by": "王店员",
        "occurred_at": shop.at - 10 * MINUTE,
        **changes,
    }
    return Handling(**values)


def receipt(shop: Shop, amount_fen: int = PRICE, **changes: Any) -> Receipt:
    return Receipt(amount_fen, handling(shop, **changes))


async def paid_offline(shop: Shop, **changes: Any) -> int:
    """An order that was paid in cash."""
    order_id = await shop.placed(**changes)
    await shop.payments.offline.record(PayableKey(order_id), receipt(shop), ADMIN)
    return order_id


async def entries(shop: Shop, order_id: int) -> list[OfflineEntry]:
    async with shop.storage.reading() as reader:
        return await reader.offline.of_order(order_id)


async def booked(shop: Shop, order_id: int) -> list[tuple[str, int]]:
    """What the ledger holds of the order: kinds and amounts."""
    async with shop.storage.reading() as reader:
        rows: list[LedgerEntry] = await reader.ledger.of_order(order_id)
    return [(row.kind, row.amount_fen) for row in rows]


async def mark(shop: Shop, order_id: int) -> str:
    async with shop.storage.reading() as reader:
        return await mark_of(reader, payables.of_order(await shop.order(order_id)))


async def assert_books_balance(shop: Shop) -> None:
    """The self-check finds nothing, and the entries of the ledger that are WeChat's sum up to what WeChat has."""
    assert await ledger.self_check(shop.storage) == []
    balance = await shop.balance()
    at_wechat = sum(fen for kind, fen in balance.items() if not kind.startswith("offline_"))
    assert at_wechat == shop.wechat.money_fen
