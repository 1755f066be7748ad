"""The user's orders: placing, paying, looking, rating. Cancelling and refunds: ``handlers.api.order_requests``."""

from __future__ import annotations

from typing import Any

from accounts.content import submitting
from accounts.user_sessions import OwnRows
from handlers.api_handler import ApiHandler
from handlers.operation import operation
from orders import serving, user_list
from orders.booking import placing
from orders.booking.bookable_days import DayRules
from orders.changing.moves import move_state
from orders.escorts import profiles as escort_profiles
from orders.sharing import access
from orders.sharing.access import Access, Act, serves
from orders.visits import reminders
from payment import payables, user_actions
from payment.shipping.confirming import to_confirm
from refusals import OrderNotFound
from schemas.confirmation import confirmation_row
from schemas.content import rating_for_author
from schemas.moves import changes_row
from schemas.new_order import NewOrder
from schemas.order import (
    OrderReply,
    OrdersReply,
    PaymentReply,
    order_detail_row,
    order_row,
    quote_row,
)
from schemas.rating import Rate
from schemas.refund_rule import rule_row
from schemas.shared_order import order_for_member, refunds_for_member, timeline_for_member
from schemas.supplement import SupplementReader, split_refunds, supplement_rows, supplement_steps
from schemas.timeline import refund_rows, timeline
from schemas.user import Done, OneId
from storage import Reader
from storage.models import ContentKind, Order, OrderState, Supplement
from storage.writes import NewRating
from wechat.content_checks import Scene

PAYMENT_ERRORS = (404, 409, 429, 502, 503, 504)


class OrderHandler(ApiHandler):
    """Common to the operations on orders."""

    limited_as = "order"

    async def access(self, order_id: int, act: Act) -> Access:
        """The order, if the caller may do this with it, a cancelled one too. A stranger's looks as if it did not
        exist."""
        async with self.services.storage.reading() as reader:
            return await access.find(reader, order_id, self.caller.id, act)

    async def own_order(self, order_id: int) -> Order:
        """The caller's own order."""
        return (await self.access(order_id, Act.MANAGE)).order


class OrdersHandler(OrderHandler):
    own_rows = OwnRows(lambda reader, session: reader.own_orders.listed(session))

    @operation(reply=OrdersReply, auth="user")
    async def get(self) -> dict[str, Any]:
        """The caller's orders, newest first."""
        return {"data": [order_row(order) for order in self.rows]}


class PlaceOrderHandler(OrderHandler):
    @operation(body=NewOrder, reply=PaymentReply, auth="user", errors=PAYMENT_ERRORS)
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """Place an order, or change the caller's unpaid one, and begin its payment. The price is the server's.
        An order that is paid already (``unpaidId``), or a price other than the one shown (``shownPrice``), is a 409."""
        at = self.now()
        snapshot = await self.services.catalog.get(at)
        bookable = placing.Bookable(
            snapshot.services,
            {hospital_id: hospital["name"] for hospital_id, hospital in snapshot.hospitals.items()},
            self.services.settings.orders.horizon_days,
        )
        async with self.services.storage.reading() as reader:
            content = await placing.content_of(
                reader, self.services.vault, bookable, self.caller.id, given, at
            )
        order_id, parameters = await self.services.payments.place(
            self.caller, content, at, given["unpaid_id"], given["per_patient"] == "y"
        )
        return {"id": order_id, "msg": "下单成功", "payment": parameters}


class PayOrderHandler(OrderHandler):
    @operation(body=OneId, reply=PaymentReply, auth="user", errors=PAYMENT_ERRORS)
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """Resume the payment of an unpaid order, one's own or one that is shared with the caller as a payer."""
        order = (await self.access(given["id"], Act.PAY)).order
        parameters = await self.services.payments.resume(order.id, self.caller)
        return {"id": order.id, "msg": "", "payment": parameters}


class DeleteOrderHandler(OrderHandler):
    @operation(body=OneId, reply=Done, auth="user", errors=PAYMENT_ERRORS)
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """Delete an unpaid order; its payment is closed at WeChat first."""
        order = await self.own_order(given["id"])
        await self.services.payments.cancel(order.id, self.caller)
        return {"msg": "删除成功"}


class OneOrderHandler(OrderHandler):
    @operation(query=OneId, reply=OrderReply, auth="user", errors=(404,))
    async def get(self, given: dict[str, Any]) -> dict[str, Any]:
        """An order of the caller, or one that is shared with them, with its timeline and the actions allowed now. What
        the role of a member may not see is empty. Asks WeChat first when a payment may have landed."""
        found = await self.access(given["id"], Act.READ)
        if found.order.state == OrderState.UNPAID:
            await self.services.payments.refresh(found.order.id)
            found = await self.access(given["id"], Act.READ)
        else:
            await self.services.payments.refresh(found.order.id)  # of its supplements
        if found.role is None:  # an escort, who has a page of their own
            raise OrderNotFound
        return await (self._own if found.may(Act.MANAGE) else self._shared)(found)

    async def _own(self, found: Access) -> dict[str, Any]:
        order, at = found.order, self.now()
        async with self.services.storage.reading() as reader:
            history = await reader.orders.history(order.id)
            refunds = await reader.refunds.of_order(order.id)
            cancelled = await reader.own_orders.cancellations([order.id])
            reason = user_list.reason_of(order, cancelled.get(order.id))
            row = await self._row(reader, found, reason, at)
            by_hand = await reader.offline.refunds_by_hand(order.id)
            changes = await reader.order_changes.of_order(order.id)
            supplements = await reader.supplements.of_order(order.id)
            by = await self._reader(reader, found, supplements)
            waiting = await to_confirm(reader, order, self.caller.id)
            comments = await reader.content.about_order(self.caller.id, ContentKind.COMMENT, order.id)
        rating = rating_for_author(row["rating"], comments, self.services.vault)
        movable = move_state(order, changes, DayRules.of(self.services.settings), at)
        quote = (
            await self.services.payments.quote(order, at, refunds) if user_actions.is_quoted(order) else None
        )
        rule = self.services.payments.rule_of_order(order, at) if user_actions.has_rule(order, at) else None
        own, extra = split_refunds(refunds, supplements)
        return {
            "order": {**row, "rating": rating, "changes": changes_row(movable)},
            "timeline": timeline(history, own, supplement_steps(supplements, found, extra), by_hand),
            "actions": user_actions.actions_of(order, quote, refunds, at),
            "refund": quote_row(quote) if quote else None,
            "rule": rule_row(rule) if rule else None,
            "refunds": refund_rows(own, by_hand),
            "supplements": supplement_rows(supplements, refunds, by),
            "confirmations": [confirmation_row(each) for each in waiting],
        }

    async def _shared(self, found: Access) -> dict[str, Any]:
        order, at = found.order, self.now()
        async with self.services.storage.reading() as reader:
            history = await reader.orders.history(order.id)
            refunds = await reader.refunds.of_order(order.id)
            cancelled = await reader.own_orders.cancellations([order.id])
            reason = user_list.reason_for_members(order, cancelled.get(order.id))
            row = await self._row(reader, found, reason, at)
            by_hand = await reader.offline.refunds_by_hand(order.id)
            supplements = await reader.supplements.of_order(order.id)
            by = await self._reader(reader, found, supplements)
            waiting = await to_confirm(reader, order, self.caller.id) if found.may(Act.PAY) else []
        told = found.may(Act.PAY) and user_actions.has_rule(order, at)
        rule = self.services.payments.rule_of_order(order, at) if told else None
        own, extra = split_refunds(refunds, supplements)
        return {
            "order": order_for_member(row, found),
            "timeline": timeline_for_member(
                history, own, supplement_steps(supplements, found, extra), found, by_hand
            ),
            "actions": user_actions.actions_of_member(found),
            "refund": None,
            "rule": rule_row(rule) if rule else None,
            "refunds": refunds_for_member(own, found, by_hand),
            "supplements": supplement_rows(supplements, refunds, by),
            "confirmations": [confirmation_row(each) for each in waiting],
        }

    async def _reader(self, reader: Reader, found: Access, supplements: list[Supplement]) -> SupplementReader:
        """The caller, with the supplements that they have paid."""
        paid = set()
        for each in supplements:
            if each.paid_attempt_id is not None:
                attempt = await reader.attempts.get(each.paid_attempt_id)
                if payables.payer_of_attempt(found.order, attempt) == self.caller.id:
                    paid.add(each.id)
        return SupplementReader(found, paid)

    async def _row(self, reader: Reader, found: Access, reason: str, at: int) -> dict[str, Any]:
        order = found.order
        escort = await reader.escorts.get(order.escort_id) if order.escort_id and serves(order) else None
        comes = await escort_profiles.shown(reader, escort) if escort else None
        payer_id = await payables.payer_of(reader, payables.of_order(order))
        paid_by = "" if payer_id is None else "me" if payer_id == self.caller.id else "other"
        row = order_detail_row(order, reason, comes, self.services.vault, at)
        times = reminders.ReminderTimes.of(self.services.settings.visits)
        return {
            **row,
            "role": found.role,
            "paidBy": paid_by,
            "changes": None,
            "userConfirmed": order.user_confirmed_at is not None,
            "reminderAsks": reminders.asks(order, times, at),
        }


class RateHandler(OrderHandler):
    @operation(body=Rate, reply=Done, auth="user", errors=(404, 409))
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """Rate a finished order, once. A comment that WeChat finds risky is refused; where WeChat cannot say, it waits
        for approval (``commentState``), and the stars count."""
        order = await self.own_order(given["id"])
        services, at = self.services, self.now()
        rating = NewRating(given["stars"], given["comment"], " ".join(given["tags"]))
        asks = rating.comment if serving.may_rate(order) else ""
        opinion = await services.content.text(self.caller.openid, Scene.COMMENT, asks)
        waits = await services.storage.run(
            lambda tx: submitting.rate(tx, services.vault, order, rating, opinion, at)
        )
        return {"msg": "感谢您的评价，文字审核后陪诊员就能看到" if waits else "感谢您的评价"}


routes = [
    (r"/user/getOrderStatus/", OrdersHandler),
    (r"/user/create1order/", PlaceOrderHandler),
    (r"/user/pay1order/", PayOrderHandler),
    (r"/user/delete1order/", DeleteOrderHandler),
    (r"/user/getOrder/", OneOrderHandler),
    (r"/user/rate1order/", RateHandler),
]
