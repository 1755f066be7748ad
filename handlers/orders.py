"""The user's orders: placing, paying, looking, asking for a refund, rating."""

from __future__ import annotations

from typing import Any

from handlers.base import ApiHandler
from handlers.errors import ApiError, not_found, refused
from handlers.escorts import PHONE as ESCORT_PHONE
from handlers.operation import operation
from handlers.timeline import refund_rows, timeline
from orders import serving
from orders.transitions import Action, allowed
from orders.visit_date import VisitDateRefused, check_visit_date
from schemas.order import AskRefund, NewOrder, OrderReply, OrdersReply, PaymentReply, Rate
from schemas.user import Done, OneId
from schemas.wire import PROGRESS, amount_text, day_text, time_text
from storage.models import Order, OrderState

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

    def check_visit_date(self, day: str, at: int) -> None:
        """A day that cannot be booked is a 400 that names the field and the last possible day."""
        try:
            check_visit_date(day, at, self.services.settings.orders.horizon_days)
        except VisitDateRefused as problem:
            raise ApiError(
                400, "invalid_input", f"就诊日期：{problem}", fields={"wantTime": [str(problem)]}
            ) from None

    async def own_order(self, order_id: int) -> Order:
        """The caller's order. A stranger's looks as if it did not exist; so does a deleted one."""
        async with self.services.storage.reading() as reader:
            order = await reader.orders.owned(order_id, self.caller.id)
        if order is None or order.state == OrderState.CANCELLED:
            raise not_found()
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
        An order that is paid already (`unpaidId`), or a price other than the one shown (`shownPrice`), is a 409."""
        at = self.now()
        self.check_visit_date(given["visit_date"], at)
        content = await self._content(given)
        price = amount_text(content["price_fen"])
        if given["shown_price"] not in ("", price):
            raise refused("price_changed", f"价格已变为 {price}，请看清后再付款")
        order_id, parameters = await self.services.payments.place(
            self.caller, content, at, given["believed_id"]
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
            await self.services.payments.check(order.id)
            order = await self.own_order(order.id)
        return await self._detail(order)

    async def _detail(self, order: Order) -> dict[str, Any]:
        async with self.services.storage.reading() as reader:
            history = await reader.orders.history(order.id)
            refunds = await reader.refunds.of_order(order.id)
            escort = await reader.escorts.get(order.escort_id) if order.escort_id else None
        quote = await self.services.payments.quote(order, self.now()) if _refundable(order) else None
        phone = self.services.vault.open(escort.phone_sealed, ESCORT_PHONE) if escort else ""
        return {
            "order": {
                **order_row(order),
                "madeTime": time_text(order.created_at),
                "unit": order.service_unit,
                "patient": order.patient_name,
                "paid": amount_text(order.paid_fen) if order.paid_at else "",
                "refunded": amount_text(order.refunded_fen) if order.refunded_fen else "",
                "expiresTime": time_text(order.expires_at) if order.state == OrderState.UNPAID else "",
                "escort": {"name": order.escort_name, "phone": phone}
                if escort and order.escort_name
                else None,
                "rating": {"stars": order.stars, "comment": order.comment} if order.stars else None,
            },
            "timeline": timeline(history, refunds),
            "actions": _actions(order, quote is not None and quote.amount_fen > 0),
            "refund": {"amount": amount_text(quote.amount_fen), "percent": quote.percent, "rule": quote.rule}
            if quote
            else None,
            "refunds": refund_rows(refunds),
        }


def _refundable(order: Order) -> bool:
    """May the user ask for a refund? After the visit only an administrator starts one."""
    return order.state in (OrderState.PAID, OrderState.SERVING)


def _actions(order: Order, money_back: bool) -> list[str]:
    if order.state == OrderState.UNPAID:
        return ["pay", "edit", "delete"]
    actions = []
    if money_back and allowed(Action.ASK_REFUND, order.state):
        actions.append("refund")
    if order.state == OrderState.FINISHED and not order.stars:
        actions.append("rate")
    return actions


class AskRefundHandler(OrderHandler):
    @operation(body=AskRefund(), reply=Done(), auth="user", errors=(404, 409, 429))
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """Ask for a refund of the amount that was shown; if the policy gives another by now, nothing happens."""
        order = await self.own_order(given["id"])
        if not _refundable(order):
            raise refused("refund_not_allowed", "订单当前的状态不能申请退款")
        quote = await self.services.payments.quote(order, self.now())
        if amount_text(quote.amount_fen) != given["amount"]:
            raise refused(
                "refund_amount_changed", f"可退金额已变为 {amount_text(quote.amount_fen)}，请确认后重新提交"
            )
        await self.services.payments.ask(order.id, self.caller, given["reason"], quote.amount_fen)
        return {"msg": "退款申请已提交，请等待审核"}


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
    (r"/user/refund1order/", AskRefundHandler),
    (r"/user/rate1order/", RateHandler),
]
