"""The user's orders: placing, paying, looking, rating. Cancelling and refunds: ``handlers.api.order_requests``."""

from __future__ import annotations

from typing import Any

from handlers.api.refund_rule import rule_row
from handlers.api.visit_dates import require_bookable
from handlers.base import ApiHandler
from handlers.errors import ApiError, refused
from handlers.operation import operation
from money import amount_text
from orders import serving, user_list
from payment.problems import OrderNotFound
from payment.refunds.quotes import Quote, may_cancel
from privacy import ESCORT_PHONE
from schemas.order import NewOrder, OrderReply, OrdersReply, PaymentReply, Rate
from schemas.timeline import refund_rows, timeline
from schemas.user import Done, OneId
from schemas.wire import ENDING, PROGRESS, day_text, time_text
from storage.models import Ending, Order, OrderState, Refund, RefundState

PAYMENT_ERRORS = (404, 409, 429, 502, 503, 504)


def order_row(order: Order) -> dict[str, Any]:
    """An order in the fields that released clients read; never the administrator's notes."""
    return {
        "id": order.id,
        "hospital": order.hospital_name,
        "hospitalid": order.hospital_id,
        "department": order.department,
        "wantTime": order.visit_date,
        "service": order.service_name,
        "serviceId": order.service_id,
        "friendid": order.patient_id,
        "date": day_text(order.created_at),
        "paidTime": time_text(order.paid_at),
        "price": amount_text(order.price_fen),
        "progress": PROGRESS[OrderState(order.state)],
        "more": order.wishes,
    }


class OrderHandler(ApiHandler):
    """Common to the operations on orders."""

    limited_as = "order"

    async def own_order(self, order_id: int) -> Order:
        """The caller's order, a cancelled one too. A stranger's looks as if it did not exist."""
        async with self.services.storage.reading() as reader:
            order = await reader.orders.owned(order_id, self.caller.id)
        if order is None:
            raise OrderNotFound
        if order.hidden_at is not None:
            raise ApiError(404, "order_removed", "您已经把这个订单从列表中移除了")
        return order


class OrdersHandler(OrderHandler):
    @operation(reply=OrdersReply(), auth="user")
    async def get(self) -> dict[str, Any]:
        """The caller's orders, newest first."""
        async with self.services.storage.reading() as reader:
            orders = await reader.orders.of_user(self.caller.id)
        return {"data": [order_row(order) for order in orders]}


class PlaceOrderHandler(OrderHandler):
    @operation(body=NewOrder(), reply=PaymentReply(), auth="user", errors=PAYMENT_ERRORS)
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """Place an order, or change the caller's unpaid one, and begin its payment. The price is the server's.
        An order that is paid already (``unpaidId``), or a price other than the one shown (``shownPrice``), is a 409."""
        at = self.now()
        require_bookable(given["visit_date"], at, self.services.settings)
        content = await self._content(given)
        price = amount_text(content["price_fen"])
        if given["shown_price"] not in ("", price):
            raise refused("price_changed", f"价格已变为 {price}，请看清后再付款")
        order_id, parameters = await self.services.payments.place(
            self.caller, content, at, given["unpaid_id"], given["per_patient"] == "y"
        )
        return {"id": order_id, "msg": "下单成功", "payment": parameters}

    async def _content(self, given: dict[str, Any]) -> dict[str, Any]:
        """The order's content with snapshots of hospital, service, price and patient."""
        snapshot = await self.services.catalog.get()
        service = snapshot.services.get(given["service_id"])
        if service is None:
            raise _unknown("serviceId", "没有这项服务，请重新选择")
        hospital_name = given["hospital_name"]
        if given["hospital_id"]:
            hospital = snapshot.hospitals.get(given["hospital_id"])
            if hospital is None:
                raise _unknown("hospitalId", "没有这家医院，请重新选择")
            hospital_name = hospital["name"]
        async with self.services.storage.reading() as reader:
            patient = await reader.patients.owned(given["patient_id"], self.caller.id)
        if patient is None:
            raise _unknown("friendid", "没有这位就诊人，请重新选择")
        return {
            "hospital_id": given["hospital_id"],
            "hospital_name": hospital_name,
            "department": given["department"],
            "visit_date": given["visit_date"],
            "service_id": service.id,
            "service_name": service.name,
            "service_unit": service.unit,
            "price_fen": service.price_fen,
            "patient_id": patient.id,
            "patient_name": patient.name,
            "wishes": given["wishes"],
        }


def _unknown(field: str, sentence: str) -> ApiError:
    return ApiError(400, "invalid_input", sentence, fields={field: [sentence]})


class PayOrderHandler(OrderHandler):
    @operation(body=OneId(), reply=PaymentReply(), auth="user", errors=PAYMENT_ERRORS)
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """Resume the payment of an unpaid order."""
        order = await self.own_order(given["id"])
        parameters = await self.services.payments.resume(order.id, self.caller)
        return {"id": order.id, "msg": "", "payment": parameters}


class DeleteOrderHandler(OrderHandler):
    @operation(body=OneId(), reply=Done(), auth="user", errors=PAYMENT_ERRORS)
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """Delete an unpaid order; its payment is closed at WeChat first."""
        order = await self.own_order(given["id"])
        if order.state != OrderState.UNPAID:
            raise refused("only_unpaid_can_be_deleted", "仅支持删除未支付的订单")
        await self.services.payments.cancel(order.id, self.caller)
        return {"msg": "删除成功"}


class OneOrderHandler(OrderHandler):
    @operation(query=OneId(), reply=OrderReply(), auth="user", errors=(404,))
    async def get(self, given: dict[str, Any]) -> dict[str, Any]:
        """An order with its timeline and the actions allowed now. Asks WeChat first when a payment may have landed."""
        order = await self.own_order(given["id"])
        if order.state == OrderState.UNPAID:
            await self.services.payments.refresh(order.id)
            order = await self.own_order(order.id)
        return await self._detail(order)

    async def _detail(self, order: Order) -> dict[str, Any]:
        async with self.services.storage.reading() as reader:
            history = await reader.orders.history(order.id)
            refunds = await reader.refunds.of_order(order.id)
            comes = order.escort_id is not None and order.ending in ("", Ending.SERVED)
            escort = await reader.escorts.get(order.escort_id or 0) if comes else None
            cancelled = await reader.own_orders.cancellations([order.id])
        at = self.now()
        quote = await self.services.payments.quote(order, at, refunds) if _quoted(order) else None
        rule = self.services.payments.rule(order.visit_date, at, order) if _has_rule(order, at) else None
        phone = self.services.vault.open(escort.phone_sealed, ESCORT_PHONE) if escort else ""
        return {
            "order": {
                **order_row(order),
                "madeTime": time_text(order.created_at),
                "reason": user_list.reason_of(order, cancelled.get(order.id)),
                "unit": order.service_unit,
                "patient": order.patient_name,
                "paid": amount_text(order.paid_fen) if order.paid_at else "",
                "refunded": amount_text(order.refunded_fen) if order.refunded_fen else "",
                "expiresTime": time_text(order.expires_at) if order.state == OrderState.UNPAID else "",
                "escort": {"name": order.escort_name, "phone": phone}
                if escort and order.escort_name
                else None,
                "rating": {"stars": order.stars, "comment": order.comment} if order.stars else None,
                "ending": ENDING[Ending(order.ending)] if order.ending else "",
            },
            "timeline": timeline(history, refunds),
            "actions": _actions(order, quote, refunds, at),
            "refund": {
                "amount": amount_text(quote.amount_fen),
                "percent": quote.percent,
                "rule": quote.rule,
                "remaining": amount_text(quote.remaining_fen),
            }
            if quote
            else None,
            "rule": rule_row(rule) if rule else None,
            "refunds": refund_rows(refunds),
        }


def _quoted(order: Order) -> bool:
    """Is it told what would come back now? Of a finished order only money may be asked for."""
    return order.state in (OrderState.PAID, OrderState.SERVING, OrderState.FINISHED)


def _has_rule(order: Order, at: int) -> bool:
    """Is the refund rule of the visit still of use to the user?"""
    return order.state == OrderState.UNPAID or may_cancel(order, at)


def _actions(order: Order, quote: Quote | None, refunds: list[Refund], at: int) -> list[str]:
    """``refund`` is what released clients know: a cancellation that gives something back."""
    if order.state == OrderState.UNPAID:
        return ["pay", "edit", "delete"]
    actions = user_list.ended_actions(order)
    if may_cancel(order, at):
        if quote is not None and quote.amount_fen > 0:
            actions.append("refund")
        actions.append("cancel")
    if quote is not None and quote.remaining_fen > 0:
        actions.append("money_back")
    if any(refund.state == RefundState.REQUESTED for refund in refunds):
        actions.append("withdraw")
    if order.state == OrderState.FINISHED and not order.stars:
        actions.append("rate")
    return actions


class RateHandler(OrderHandler):
    @operation(body=Rate(), reply=Done(), auth="user", errors=(404, 409))
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """Rate a finished order, once."""
        order = await self.own_order(given["id"])
        async with self.services.storage.transaction() as tx:
            await serving.rate(tx, order, given["stars"], given["comment"], self.now())
            await tx.commit()
        return {"msg": "感谢您的评价"}


routes = [
    (r"/user/getOrderStatus/", OrdersHandler),
    (r"/user/create1order/", PlaceOrderHandler),
    (r"/user/pay1order/", PayOrderHandler),
    (r"/user/delete1order/", DeleteOrderHandler),
    (r"/user/getOrder/", OneOrderHandler),
    (r"/user/rate1order/", RateHandler),
]
