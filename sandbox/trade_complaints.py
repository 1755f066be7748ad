"""交易投诉, of payments that 发货信息管理 holds: its payer complains on WeChat's page of the order, or takes it back.
The merchant hears of it by a pushed event alone, and answers in the back end within 48 hours."""

from __future__ import annotations

from typing import Any

from .formats import digits
from .shipment import Shipment
from .state import Order

TO_ANSWER_MS = 48 * 3600 * 1000
COMPLAINED, WITHDRAWN = 1, 4
"""``status``. Which numbers WeChat sends is not documented."""


def trade_complaint(order: Order, shipment: Shipment, begins: bool, now: int) -> dict[str, Any] | None:
    """Notes it in the shipment; the fields of ``complaint_callback``, None where nothing changes."""
    if shipment.in_complaint == begins:
        return None
    if begins:
        shipment.complaint_no = f"{now}{digits(10)}"
        shipment.complaint_until = (now + TO_ANSWER_MS) // 1000
    shipment.in_complaint = begins
    said = {
        "complaint_order_id": shipment.complaint_no,
        "status": COMPLAINED if begins else WITHDRAWN,
        "out_trade_no": order.out_trade_no,
        "expire_time": shipment.complaint_until,
    }
    return {"BussiCallBackInfo": said}
