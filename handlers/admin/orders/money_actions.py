"""What the office does with an order's money: 仅退款, and ending an order that will not be served."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from handlers.admin.money.money_guard import MoneyGuard, amount_to_confirm
from handlers.admin.orders.actions import ORDER, OrderAct
from handlers.errors import ApiError, not_found
from orders.complaints.handling import link_refund
from orders.transitions import TransitionRefused
from payment import payables
from payment.problems import PaymentError
from payment.refunds.amount_checks import DecisionChecks, of_ending, of_refund
from payment.refunds.cancellation import OrderEnding
from payment.refunds.quotes import Quote
from refusals import Refused
from schemas.admin import NewEnding, NewRefund
from schemas.wire import ENDING
from storage import Transaction
from storage.models import Ending, Order


class OrderMoneyAct(OrderAct, MoneyGuard):
    """Money goes back from an order's page."""

    async def look(self, order_id: int) -> tuple[Order, Quote]:
        """The order, and what would go back by the rule."""
        async with self.services.storage.reading() as reader:
            order = await reader.orders.get(order_id)
            if order is None:
                raise not_found()
            refunds = await reader.refunds.of_order(order_id)
        return order, await self.services.payments.quote(order, self.now(), refunds)

    def typed(self, *names: str) -> dict[str, str]:
        return {name: str(self.body_fields.get(name, "")) for name in names}


class RefundHandler(OrderMoneyAct):
    """Refund an order, wholly or in part, approved at once; the order goes on."""

    async def post(self, order_id: str) -> None:
        self.back = f"orders/{order_id}/"
        try:
            given = self.load(NewRefund())
            amount = given["amount_fen"]
            order, quote = await self.look(int(order_id))
            if not await self.may_give(
                payables.of_order(order),
                amount,
                of_refund(quote),
                remaining_fen=quote.remaining_fen,
                act="",
            ):
                return
            await self._start(order.id, amount, given["reason"], self.decision_checks())
        except (ApiError, PaymentError, Refused) as error:
            await self.show(
                int(order_id),
                refund_error=self.form_error(error),
                typed_refund=self.typed("amount", "reason"),
                amount_to_confirm=amount_to_confirm(error),
            )
            return
        about = f"complaints/{self.for_complaint}/" if self.for_complaint is not None else self.back
        self.redirect_done(about, "refund-started")

    async def _start(self, order_id: int, amount_fen: int, reason: str, checks: DecisionChecks) -> None:
        complaint_id, at = self.for_complaint, self.now()

        async def write(tx: Transaction, refund_id: Any) -> None:
            after: dict[str, Any] = {"order": order_id, "amount_fen": amount_fen, "reason": reason}
            if complaint_id is not None:
                await link_refund(tx, complaint_id, order_id, refund_id, at)
                await self.services.complaints.tell_of_refund(tx, complaint_id, refund_id, self.caller.id, at)
                after["complaint"] = complaint_id
            await self.audit(tx, "refund.start", ("refund", refund_id), after=after)

        await self.services.payments.start_refund(order_id, self.actor, amount_fen, reason, checks, write)


class CancelHandler(OrderMoneyAct):
    """End an order that will not be served, and give back what the office decides."""

    async def post(self, order_id: str) -> None:
        self.back = f"orders/{order_id}/"
        try:
            given = self.load(NewEnding())
            ending, amount = Ending(given["ending"]), given["amount_fen"]
            order, quote = await self.look(int(order_id))
            if not await self.may_give(
                payables.of_order(order),
                amount,
                of_ending(ending, quote),
                remaining_fen=quote.remaining_fen,
                act=f"取消（{ENDING[ending]}），",
            ):
                return
            await self._end(order, OrderEnding(ending, amount, given["reason"]))
        except (ApiError, PaymentError, TransitionRefused) as error:
            await self.show(
                int(order_id),
                ending_error=self.form_error(error),
                typed_ending=self.typed("ending", "amount", "reason"),
                amount_to_confirm=amount_to_confirm(error),
            )
            return
        self.redirect_done(self.back, "cancelled")

    async def _end(self, order: Order, wanted: OrderEnding) -> None:
        async def write(tx: Transaction, refund_id: Any) -> None:
            after = await tx.orders.get(order.id)
            assert after is not None
            facts = {"state": after.state, **asdict(wanted)}
            before = {"state": order.state, "escort": order.escort_id}
            await self.audit(tx, "order.cancel", ("order", order.id), before, facts)

        await self.services.payments.end_order(order.id, self.actor, wanted, self.decision_checks(), write)


routes = [(rf"{ORDER}/refund/", RefundHandler), (rf"{ORDER}/cancel/", CancelHandler)]
