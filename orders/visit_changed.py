"""What follows from a change of a paid order, in its transaction. What depends on the day, the hour or the place of a
visit is brought up to date here.
"""

from __future__ import annotations

from orders.messages import queue_moved
from orders.open_invitations import withdraw_open
from storage import Transaction
from storage.models import Order

CHANGED = "订单有变化"


async def follow_change(tx: Transaction, before: Order, order: Order, at: int) -> None:
    """The locked order is no longer as ``before``. Its user is told, and the escort who comes; who was invited has read
    something else, and cannot accept it any more."""
    await withdraw_open(tx, order, CHANGED, at)
    await queue_moved(tx, before, order, at)
