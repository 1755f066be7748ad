"""What the home page begins with: a user's next visit, and the order that waits for payment, own or shared."""

from __future__ import annotations

from clock import shanghai_date
from frozen_dataclasses import frozen
from orders.sharing import members
from orders.sharing.access import OrderRole
from orders.visit_time import begin_of
from storage import Reader
from storage.models import Order, OrderState, Supplement

COMING = (OrderState.PAID, OrderState.SERVING)
LOOKED_AT = 100
"""The newest orders of a user; a visit cannot be booked so far ahead that more could lie before it."""


@frozen(slots=True)
class Found:
    """An order, as whom the user sees it, and the nickname of its owner where that is another."""

    order: Order
    role: OrderRole
    owner_nickname: str = ""


@frozen(slots=True)
class NextVisit:
    coming: Found | None
    unpaid: Found | None
    supplements: tuple[tuple[Found, Supplement], ...]
    """To be paid by the user, oldest first."""


async def next_visit(reader: Reader, user_id: int, at: int) -> NextVisit:
    """The visit that begins first, of today or later or under way; the newest order that the user may pay, and the
    supplements of orders that the user may pay."""
    own = [Found(order, OrderRole.OWNER) for order in await reader.orders.of_user(user_id, LOOKED_AT)]
    shared, _ = await members.shared_with(reader, user_id)
    found = own + [Found(one.order, one.role, one.owner_nickname) for one in shared]
    today = shanghai_date(at)
    coming = [
        one
        for one in found
        if one.order.state in COMING
        and (one.order.visit_date >= today or one.order.state == OrderState.SERVING)
    ]
    paying = {one.order.id: one for one in found if one.role in (OrderRole.OWNER, OrderRole.PAYER)}
    unpaid = [one for one in paying.values() if one.order.state == OrderState.UNPAID]
    to_pay = await reader.supplements.open_of_orders(paying)
    return NextVisit(
        min(coming, key=lambda one: (begin_of(one.order), one.order.id), default=None),
        max(unpaid, key=lambda one: one.order.id, default=None),
        tuple((paying[each.order_id], each) for each in to_pay),
    )
