"""What happens when a paid order ends: finished, or without having been served.

The money is ``payment.refunds.cancellation``'s business; here the order itself ends, its escort is free again and is
told, and nothing about it waits for anybody any more.
"""

from __future__ import annotations

from orders.escorts.open_invitations import withdraw_open
from orders.messages import queue_escort_cancellation
from orders.supplements import deciding
from orders.transitions import Action, transition
from orders.visits import reminders, troubles
from storage import Transaction
from storage.models import Cause, Ending, Order
from storage.writes import OrderMove


async def end_unserved(tx: Transaction, order: Order, ending: Ending, cause: Cause) -> None:
    """End an order that is in 退款中 under its lock, and of which something is kept: it is 已取消 at once, and its
    escort is free."""
    await end_visit(tx, order, cause.at)
    await transition(tx, order, Action.CANCEL, cause, OrderMove(state_before_refund="", ending=ending))


async def end_with_full_refund(tx: Transaction, order: Order, ending: Ending, at: int) -> None:
    """The same of an order all of whose money is promised back: it stays in 退款中 until the money has gone, and is
    已退款 afterwards. Its escort is free from now on."""
    await end_visit(tx, order, at)
    await tx.orders.set_ending(order.id, ending, at)


async def end_visit(tx: Transaction, order: Order, at: int) -> None:
    """The visit of the locked order does not take place, or everything was paid back. Its escort is told, unless the
    order had been ended before."""
    await settle(tx, order, troubles.CANCELLED, at)
    await reminders.void(tx, order.id, at)
    if order.ending != Ending.SERVED:  # of a visit that took place, supplements stay to be paid
        await deciding.withdraw_all(tx, order, at)
    if not order.ending:
        await queue_escort_cancellation(tx, order, at)


async def settle(tx: Transaction, order: Order, why: str, at: int) -> None:
    """The locked order has ended: its escort is free, nobody can accept it, and whatever waited for the office to
    decide about its visit is closed; ``why`` is what the office reads then."""
    await tx.escorts.release(order.id)
    await withdraw_open(tx, order, why, at)
    await tx.order_changes.end_open(order.id, at)
    await troubles.close_all(tx, order.id, why, at)
    if order.overbooked_open:
        await tx.visit_days.close_overbooked(order.id, at)
