"""What follows from a change of a paid order, in its transaction. What depends on the day, the hour or the place of a
visit is brought up to date here.
"""

from __future__ import annotations

from orders.escorts.open_invitations import withdraw_open
from orders.messages import queue_moved
from orders.visit_time import begin_of
from orders.visits import reminders
from storage import Transaction
from storage.models import Order

CHANGED = "订单有变化"


async def follow_change(tx: Transaction, before: Order, order: Order, at: int) -> None:
    """The locked order is no longer as ``before``. Its user is told, and the escort who comes; who was invited has read
    something else, and cannot accept it any more. Another begin needs other reminders, and other answers."""
    await withdraw_open(tx, order, CHANGED, at)
    if begin_of(before) != begin_of(order) or before.visit_time != order.visit_time:
        await reminders.void(tx, order.id, at)
    await queue_moved(tx, before, order, at)
