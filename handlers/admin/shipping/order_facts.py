"""What the page of an order shows of its payments in 发货信息管理."""

from __future__ import annotations

from typing import Any

from handlers.admin.shipping.words import shown
from storage import Reader
from storage.models import Attempt, Order


async def shipping_facts(reader: Reader, order: Order, attempts: list[Attempt]) -> dict[str, Any]:
    by_id = {attempt.id: attempt for attempt in attempts}
    found = await reader.shipments.of_order(order.id)
    return {"shipments": [shown(each, by_id[each.attempt_id]) for each in found]}
