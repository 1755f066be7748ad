"""Money outside of WeChat on an order's page: a receipt is recorded, reversed, corrected."""

from __future__ import annotations

from typing import Any

from handlers.admin.offline.handling import FIELDS, facts_of, handling_of
from handlers.admin.orders.actions import ORDER, OrderAct
from handlers.errors import ApiError
from payment.offline.receipts import Receipt
from payment.payables import PayableKey
from payment.problems import PaymentError
from refusals import Refused
from schemas.admin_offline import CorrectionForm, ReceiptForm, ReversalForm
from storage import Transaction
from storage.models import Role


class OfflineAct(OrderAct):
    """An act about money outside of WeChat; a refused form keeps what was typed."""

    def begin(self, order_id: str) -> None:
        self.back = f"orders/{order_id}/"

    def key(self, order_id: str, given: dict[str, Any]) -> PayableKey:
        return PayableKey(int(order_id), given["supplement_id"] or None)

    async def show_refusal(self, order_id: str, act: str, error: Exception) -> None:
        await self.show(
            int(order_id),
            offline_error=self.form_error(error),
            offline_act=(act, str(self.body_fields.get("supplement_id", ""))),
            typed_offline={name: str(self.body_fields.get(name, "")) for name in FIELDS},
        )

    def facts(self, given: dict[str, Any], **more: Any) -> dict[str, Any]:
        """For the log: which supplement it was, and so on."""
        supplement = {"supplement": given["supplement_id"]} if given["supplement_id"] else {}
        return {**supplement, **more}


class ReceiptHandler(OfflineAct):
    """Record a receipt, which pays the order or a supplement at once. An open payment is closed at WeChat first."""

    async def post(self, order_id: str) -> None:
        self.begin(order_id)
        try:
            given = self.load(ReceiptForm())
            receipt = Receipt(given["amount_fen"], handling_of(given))
            facts = self.facts(given, amount_fen=receipt.amount_fen, **facts_of(receipt.handling))

            async def write(tx: Transaction, _: Any) -> None:
                await self.audit(tx, "offline.receipt", ("order", int(order_id)), after=facts)

            await self.services.payments.offline.record(
                self.key(order_id, given), receipt, self.actor, self.shown_fingerprint(), write
            )
        except (ApiError, PaymentError, Refused) as error:
            await self.show_refusal(order_id, "receipt", error)
            return
        self.redirect_done(self.back, "received")


class ReversalHandler(OfflineAct):
    """Take a receipt back by a counter-entry: the order, or the supplement, waits for its money again."""

    role = Role.OWNER

    async def post(self, order_id: str) -> None:
        self.begin(order_id)
        try:
            given = self.load(ReversalForm())

            async def write(tx: Transaction, _: Any) -> None:
                facts = self.facts(given, reason=given["reason"])
                await self.audit(tx, "offline.reverse", ("order", int(order_id)), after=facts)

            await self.services.payments.offline.reverse(
                self.key(order_id, given), given["reason"], self.actor, self.shown_fingerprint(), write
            )
        except (ApiError, PaymentError, Refused) as error:
            await self.show_refusal(order_id, "reversal", error)
            return
        self.redirect_done(self.back, "receipt-reversed")


class CorrectionHandler(OfflineAct):
    """Put the right receipt in the place of one that was recorded wrongly."""

    role = Role.OWNER

    async def post(self, order_id: str) -> None:
        self.begin(order_id)
        try:
            given = self.load(CorrectionForm())
            receipt = Receipt(given["amount_fen"], handling_of(given))
            facts = self.facts(given, amount_fen=receipt.amount_fen, **facts_of(receipt.handling))

            async def write(tx: Transaction, _: Any) -> None:
                after = {**facts, "reason": given["reason"]}
                await self.audit(tx, "offline.correct", ("order", int(order_id)), after=after)

            key = self.key(order_id, given)
            seen = self.shown_fingerprint()
            await self.services.payments.offline.correct(
                key, receipt, given["reason"], self.actor, seen, write
            )
        except (ApiError, PaymentError, Refused) as error:
            await self.show_refusal(order_id, "correction", error)
            return
        self.redirect_done(self.back, "receipt-corrected")


routes = [
    (rf"{ORDER}/receipt/", ReceiptHandler),
    (rf"{ORDER}/receipt/reverse/", ReversalHandler),
    (rf"{ORDER}/receipt/correct/", CorrectionHandler),
]
