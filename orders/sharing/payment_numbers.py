"""An order by the number of one of its payments: what WeChat's order centre, bills and messages know of it."""

from __future__ import annotations

from orders.sharing import access
from orders.sharing.access import Act
from refusals import OrderNotFound
from storage import Reader


async def order_of(reader: Reader, number: str, user_id: int) -> int:
    """The id of the order that the number belongs to: ours (out_trade_no) or WeChat's (transaction_id), of the order
    itself or of a supplement, paid or not. Raises OrderNotFound, to strangers and to an order's escort too, and
    OrderRemoved to an owner who has taken it off the list."""
    attempt = await reader.attempts.by_number(number) or await reader.attempts.by_transaction(number)
    if attempt is None:
        raise OrderNotFound
    found = await access.find(reader, attempt.order_id, user_id, Act.READ)
    if found.role is None:
        raise OrderNotFound
    return found.order.id
