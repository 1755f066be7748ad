"""Payments in 发货信息管理, as the product would have left them, and the act about them."""

from __future__ import annotations

from typing import Any

from payment.shipping.decisions import new_shipment
from storage.models import Shipment, ShipmentState
from storage.writes import ShipmentMove
from tests.admin.act import Act
from tests.admin.act_preparations import Ready
from tests.admin.clients import Client
from tests.admin.scenario import Scenario


async def shipment(scenario: Scenario, order_id: int, state: str = "waiting", **columns: Any) -> Shipment:
    """The shipment of an order's payment."""
    at = scenario.clock()
    async with scenario.storage.transaction() as tx:
        attempt = (await tx.attempts.of_order(order_id))[-1]
        shipment_id = await tx.shipments.add(new_shipment(attempt), at)
        move = ShipmentMove(state=state, **columns)
        assert await tx.shipments.move(shipment_id, tuple(ShipmentState), move, at)
        found = await tx.shipments.get(shipment_id)
        await tx.commit()
    assert found is not None
    return found


async def failed_shipment(scenario: Scenario, owner: Client) -> Ready:
    order_id = await scenario.order("finished")
    failed = await shipment(
        scenario, order_id, "failed", last_error="微信说这笔支付不能发货", last_code=10060004
    )
    assert failed.id == order_id, "the address has one number for both"
    return Ready(order_id)


SHIPPING = (Act("orders/{id}/shipments/{id}/report/", "order.report_shipment", "order", failed_shipment),)
