"""A user's own list of orders: why one on it has ended, and what may be taken off it."""

from __future__ import annotations

from refusals import Refused, Unknown
from storage import Transaction
from storage.models import ORDERS_NOT_SERVED, Order, OrderState, OrderStep


class NotRemovable(Refused):
    """Only cancelled orders are taken off the list."""

    slug = "only_cancelled_can_be_hidden"
    message = "只能移除已取消的订单"


class OrderRemoved(Unknown):
    """The user has taken it off the list."""

    slug = "order_removed"
    message = "您已经把这个订单从列表中移除了"


def may_remove(order: Order) -> bool:
    """May the user take this order off the list? Its money, if there ever was any, has gone back or was kept."""
    return order.state == OrderState.CANCELLED and order.hidden_at is None


def ended_actions(order: Order) -> list[str]:
    """What the user may do with an order that has ended: book the same again, take it off the list."""
    actions = ["rebook"] if order.state in ORDERS_NOT_SERVED else []
    if may_remove(order):
        actions.append("hide")
    return actions


async def remove(tx: Transaction, order: Order, at: int) -> None:
    """Take a cancelled order off its user's list; it stays in the books. Repeating it changes nothing.

    Raises NotRemovable.
    """
    locked = await tx.orders.lock(order.id)
    assert locked is not None  # orders are never deleted
    if locked.state != OrderState.CANCELLED:
        raise NotRemovable
    if locked.hidden_at is None:
        await tx.own_orders.set_hidden(order.id, at)


def reason_of(order: Order, cancellation: OrderStep | None) -> str:
    """Why the order was cancelled, as its user reads it; empty for every other order."""
    if order.state != OrderState.CANCELLED:
        return ""
    if cancellation is not None and cancellation.reason:
        return cancellation.reason
    return "您取消了订单" if cancellation is not None and cancellation.actor_kind == "user" else "订单已取消"


def reason_for_members(order: Order, cancellation: OrderStep | None) -> str:
    """The same for those with whom the user shares it: what user and office wrote to each other is theirs."""
    if order.state == OrderState.CANCELLED and (cancellation is None or cancellation.actor_kind != "system"):
        return "订单已取消"
    return reason_of(order, cancellation)
