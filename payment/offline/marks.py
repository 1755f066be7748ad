"""What a form about money outside of WeChat showed when it was opened. A form that is sent again, and one that knows
nothing of a colleague's, is refused: each receipt, reversal and refund leaves an entry, which is part of the mark."""

from __future__ import annotations

import hashlib

from payment import problems
from payment.payables import Payable
from storage import Reader


async def mark_of(reader: Reader, payable: Payable) -> str:
    """The mark of the money of an order or a supplement as it is now."""
    order_id = payable.order.id
    refunds = await reader.refunds.of_order(order_id)
    entries = await reader.offline.of_order(order_id)
    facts = (
        payable.key,
        payable.order.state,
        payable.wanted,
        payable.amount_fen,
        payable.paid_attempt_id,
        [(each.id, each.state) for each in refunds],
        [each.id for each in entries],
    )
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]


async def check_unchanged(reader: Reader, payable: Payable, seen: str | None) -> None:
    """Under the order's lock. ``seen``: None where there was no page. Raises ChangedSinceSeen."""
    if seen is not None and seen != await mark_of(reader, payable):
        raise problems.ChangedSinceSeen("这个订单的收款")
