"""From an order's page: ask WeChat how far its payments are, and report one by hand."""

from __future__ import annotations

from handlers.admin.orders.actions import ORDER, OrderAct
from payment.shipping.by_hand import report_by_hand


class AskHandler(OrderAct):
    """Ask WeChat now about shipping and settlement of an order's payments."""

    async def post(self, order_id: str) -> None:
        self.back = f"orders/{order_id}/"
        order = await self.find(order_id)
        answered = await self.services.shipping.refresh(order.id)
        self.redirect_done(f"{self.back}#money", "asked" if answered else "shipping-unanswered")


class ReportHandler(OrderAct):
    """Report a payment that failed, or whose order ended without a service."""

    async def post(self, order_id: str, shipment_id: str) -> None:
        at = self.now()
        await self.act(
            order_id,
            "report_shipment",
            lambda tx, order: report_by_hand(tx, order.id, int(shipment_id), at),
        )
        self.redirect_done(f"{self.back}#money", "shipping-queued")


routes = [
    (rf"{ORDER}/shipments/ask/", AskHandler),
    (rf"{ORDER}/shipments/([0-9]{{1,18}})/report/", ReportHandler),
]
