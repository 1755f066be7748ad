"""How a paid order ends without having been served: by whom it is cancelled, or who was absent.

The money is ``payment.refunds.cancellation``'s business; here the order itself ends, its escort is free again and is
told.
"""

from __future__ import annotations

from orders import reminders
from orders.messages import queue_escort_cancellation
from orders.transitions import Action, transition
from storage import Transaction
from storage.models import Cause, Ending, Order
from storage.writes import OrderMove


async def end_unserved(tx: Transaction, order: Order, ending: Ending, cause: Cause) -> None:
    """End an order that is in 退款中 under its lock, and of which something is kept: it is 已取消 at once, and its
    escort is free."""
    await _free_escort(tx, order, cause.at)
    await transition(tx, order, Action.CANCEL, cause, OrderMove(state_before_refund="", ending=ending))


async def end_with_full_refund(tx: Transaction, order: Order, ending: Ending, at: int) -> None:
    """The same of an order all of whose money is promised back: it stays in 退款中 until the money has gone, and is
    已退款 afterwards. Its escort is free from now on."""
    await _free_escort(tx, order, at)
    await tx.orders.set_ending(order.id, ending, at)


async def _free_escort(tx: Transaction, order: Order, at: int) -> None:
    await tx.escorts.release(order.id)
    await tx.order_changes.end_open(order.id, at)
    await reminders.void(tx, order.id, at)
    await queue_escort_cancellation(tx, order, at)
