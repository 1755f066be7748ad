"""仅退款 of a paid supplement (补款): a page of its own, which the page of the order leads to."""

from __future__ import annotations

from typing import Any

from handlers.admin.money.money_guard import MoneyGuard, amount_to_confirm
from handlers.errors import ApiError, not_found
from payment import payables
from payment.payables import Payable
from payment.problems import PaymentError
from payment.refunds.amount_checks import DecisionChecks, of_refund
from payment.refunds.decisions import may_refund
from payment.refunds.fingerprints import payable_fingerprint
from payment.refunds.quotes import undecided
from schemas.admin import NewRefund
from storage import Transaction
from storage.models import Refund


class SupplementRefundHandler(MoneyGuard):
    """What was paid for a supplement and what of it went back; a refund, whole or in part, is approved at once."""

    section = "orders"

    async def get(self, supplement_id: str) -> None:
        await self._show(int(supplement_id))

    async def post(self, supplement_id: str) -> None:
        payable, refunds = await self._find(int(supplement_id))
        quote = self.services.payments.quote_of(payable, refunds, self.now())
        try:
            given = self.load(NewRefund())
            amount = given["amount_fen"]
            if not await self.may_give(
                payable, amount, of_refund(quote), remaining_fen=quote.remaining_fen, act=""
            ):
                return
            await self._start(payable, amount, given["reason"], self.decision_checks())
        except (ApiError, PaymentError) as error:
            await self._show(int(supplement_id), self.form_error(error), amount_to_confirm(error))
            return
        self.redirect_done(f"orders/{payable.order.id}/", "refund-started")

    async def _find(self, supplement_id: int) -> tuple[Payable, list[Refund]]:
        """The supplement, and all refunds of its order."""
        self.back = "orders/"
        async with self.services.storage.reading() as reader:
            supplement = await reader.supplements.get(supplement_id)
            order = await reader.orders.get(supplement.order_id) if supplement is not None else None
            if supplement is None or order is None:
                raise not_found()
            refunds = await reader.refunds.of_order(order.id)
        self.back = f"orders/{order.id}/"
        return payables.of_supplement(order, supplement), refunds

    async def _show(
        self, supplement_id: int, problem: ApiError | None = None, to_confirm: int | None = None
    ) -> None:
        """The page; ``problem``: why nothing was refunded. The form keeps what was typed."""
        payable, refunds = await self._find(supplement_id)
        quote = self.services.payments.quote_of(payable, refunds, self.now())
        self.render(
            "admin/money/supplement_refund.html",
            order=payable.order,
            supplement=payable.supplement,
            refundable=may_refund(payable) and quote.remaining_fen > 0,
            waiting=undecided(payable, refunds),
            refunds=[refund for refund in refunds if payable.is_paid_by(refund.attempt_id)],
            remaining=quote.remaining_fen,
            fingerprint=payable_fingerprint(payable, refunds),
            amount_to_confirm=to_confirm,
            problem=problem,
            typed={name: str(self.body_fields.get(name, "")) for name in ("amount", "reason")},
        )

    async def _start(self, payable: Payable, amount_fen: int, reason: str, checks: DecisionChecks) -> None:
        assert payable.supplement is not None
        supplement_id = payable.supplement.id

        async def write(tx: Transaction, refund_id: Any) -> None:
            facts = {"order": payable.order.id, "supplement": supplement_id}
            after = {**facts, "amount_fen": amount_fen, "reason": reason}
            await self.audit(tx, "refund.start", ("refund", refund_id), after=after)

        await self.services.payments.start_supplement_refund(
            supplement_id, self.actor, amount_fen, reason, checks, write
        )


routes = [(r"/admin/supplements/([0-9]{1,18})/refund/", SupplementRefundHandler)]
