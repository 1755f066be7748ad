"""The user's list of orders, a page at a time, and what the user takes off it."""

from __future__ import annotations

from typing import Any

from handlers.api.orders import OrderHandler
from handlers.operation import operation
from orders import user_list
from orders.sharing import payment_numbers
from orders.visits.next_visit import next_visit
from schemas.next_visit import NextVisitReply, next_row, supplement_to_pay
from schemas.order import OrdersPage, OwnOrdersReply, own_order_row
from schemas.order_number import FoundOrder, PaymentNumber
from schemas.user import Done, OneId
from storage.models import OrderState

PAGE = 50


class OwnOrdersHandler(OrderHandler):
    @operation(query=OrdersPage, reply=OwnOrdersReply, auth="user")
    async def get(self, given: dict[str, Any]) -> dict[str, Any]:
        """The caller's orders, newest first, with patient and reason; cancelled and expired ones too, until the user
        takes them off the list. ``next`` is the ``before`` of the next page, 0 on the last one."""
        at = self.now()
        async with self.services.storage.reading() as reader:
            found = await reader.orders.of_user(self.caller.id, PAGE + 1, given["before"])
            orders = found[:PAGE]
            cancelled = [order.id for order in orders if order.state == OrderState.CANCELLED]
            steps = await reader.own_orders.cancellations(cancelled)
        return {
            "data": [
                own_order_row(
                    order, user_list.reason_of(order, steps.get(order.id)), user_list.ended_actions(order), at
                )
                for order in orders
            ],
            "next": orders[-1].id if len(found) > PAGE else 0,
        }


class NextVisitHandler(OrderHandler):
    @operation(reply=NextVisitReply, auth="user")
    async def get(self) -> dict[str, Any]:
        """What a home page begins with: the caller's next visit, the newest order that waits for the caller's payment,
        and supplements that do; of own ones and those of others that the caller may read, or pay."""
        at = self.now()
        async with self.services.storage.reading() as reader:
            found = await next_visit(reader, self.caller.id, at)
        return {
            "order": next_row(found.coming, at),
            "unpaid": next_row(found.unpaid, at),
            "supplements": [supplement_to_pay(*each) for each in found.supplements],
        }


class FindOrderHandler(OrderHandler):
    limits_reads = True

    @operation(query=PaymentNumber, reply=FoundOrder, auth="user", errors=(404, 429))
    async def get(self, given: dict[str, Any]) -> dict[str, Any]:
        """Which order of the caller, or shared with them, a payment was for: WeChat's order centre and messages open it
        by the payment's number. A supplement's number leads to its order."""
        async with self.services.storage.reading() as reader:
            return {"orderId": await payment_numbers.order_of(reader, given["number"], self.caller.id)}


class HideOrderHandler(OrderHandler):
    @operation(body=OneId, reply=Done, auth="user", errors=(404, 409))
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """Take a cancelled or expired order off the caller's list. The books keep it."""
        order = await self.own_order(given["id"])
        at = self.now()

        await self.services.storage.run(lambda tx: user_list.remove(tx, order, at))
        return {"msg": "已从列表中移除"}


routes = [
    (r"/user/getOrders/", OwnOrdersHandler),
    (r"/user/getNextVisit/", NextVisitHandler),
    (r"/user/findOrder/", FindOrderHandler),
    (r"/user/hide1order/", HideOrderHandler),
]
