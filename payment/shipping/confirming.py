"""Which payments a user may confirm in WeChat (确认收货), so that their money is settled sooner: only who has paid."""

from __future__ import annotations

from payment.payables import payer_of_attempt
from storage import Reader
from storage.models import Attempt, Order, ShipmentState, TradeState


async def to_confirm(reader: Reader, order: Order, user_id: int) -> list[Attempt]:
    """The payments of an order, and of its supplements, that WeChat waits for this user to confirm; oldest first."""
    found = []
    for shipment in await reader.shipments.of_order(order.id):
        if shipment.state == ShipmentState.SHIPPED and shipment.wechat_state == TradeState.SHIPPED:
            attempt = await reader.attempts.get(shipment.attempt_id)
            if attempt is not None and payer_of_attempt(order, attempt) == user_id:
                found.append(attempt)
    return found
