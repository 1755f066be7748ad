"""What a person does about a payment that is not reported by itself."""

from __future__ import annotations

from refusals import OrderNotFound, Refused
from storage import Transaction
from storage.models import Shipment, ShipmentState
from storage.writes import ShipmentMove

BY_HAND = (ShipmentState.FAILED, ShipmentState.WITHHELD)


class NotToReport(Refused):
    """A colleague was quicker, or WeChat has it by now."""

    slug = "not_to_report"
    message = "这笔款项的发货状态已经变了，请刷新后再看"


async def report_by_hand(tx: Transaction, order_id: int, shipment_id: int, at: int) -> Shipment:
    """Have a payment reported that failed, or whose order ended without a service. WeChat is asked first. Raises
    OrderNotFound, NotToReport."""
    if await tx.orders.lock(order_id) is None:
        raise OrderNotFound
    shipment = await tx.shipments.lock(shipment_id)
    if shipment is None or shipment.order_id != order_id:
        raise OrderNotFound
    again = ShipmentMove(
        state=ShipmentState.PENDING, by_hand=True, uploads=0, tries=0, next_at=at, claimed_until=0
    )
    if not await tx.shipments.move(shipment.id, BY_HAND, again, at):
        raise NotToReport
    return shipment
