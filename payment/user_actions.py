"""What a user is told about an order and may do with it now. Each act decides again, under the order's lock."""

from __future__ import annotations

from orders import serving, user_list
from orders.sharing.access import Access, Act
from payment import payables
from payment.refunds.quotes import Quote, may_cancel, undecided
from storage.models import Order, OrderState, Refund


def is_quoted(order: Order) -> bool:
    """Is it told what would come back now? Of a finished order only money may be asked for."""
    return order.state in (OrderState.PAID, OrderState.SERVING, OrderState.FINISHED)


def has_rule(order: Order, at: int) -> bool:
    """Is the refund rule of the visit still of use to the user?"""
    return order.state == OrderState.UNPAID or may_cancel(order, at)


def actions_of(order: Order, quote: Quote | None, refunds: list[Refund], at: int) -> list[str]:
    """What the user may do with the order now: the buttons of its page. ``refund`` is what released
    clients know: a cancellation that gives something back."""
    if order.state == OrderState.UNPAID:
        return ["pay", "edit", "delete"]
    actions = user_list.ended_actions(order)
    if may_cancel(order, at):
        if quote is not None and quote.amount_fen > 0:
            actions.append("refund")
        actions.append("cancel")
    if quote is not None and quote.remaining_fen > 0:
        actions.append("money_back")
    if undecided(payables.of_order(order), refunds):
        actions.append("withdraw")
    if serving.may_rate(order):
        actions.append("rate")
    return actions


def actions_of_member(access: Access) -> list[str]:
    """What a member may do with whom the order is shared."""
    pays = access.order.state == OrderState.UNPAID and access.may(Act.PAY)
    return ["pay", "leave"] if pays else ["leave"]
