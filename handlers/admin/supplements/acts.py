"""Supplements (补款) on the page of their order: made, opened with the same or another amount, withdrawn."""

from __future__ import annotations

from typing import Any

from handlers.admin.orders.actions import ORDER, OrderAct
from handlers.errors import ApiError, not_found
from handlers.escort.supplements import limits_of
from handlers.sealed_downloads import JPEG, send_sealed
from orders.supplements import deciding
from orders.supplements.deciding import Opening, Seen
from orders.supplements.proposing import Wanted
from orders.visits.jobs import run_once
from payment.problems import PaymentError
from refusals import Refused
from schemas.admin_supplements import MadeSupplement, OpenedSupplement, WithdrawnSupplement
from storage import Transaction
from storage.models import Order, Supplement, SupplementKind


class SupplementAct(OrderAct):
    """What is decided about a supplement; a refusal shows the order again with what was typed."""

    async def show_refusal(self, order_id: str, error: Exception, supplement_id: int) -> None:
        shown = self.form_error(error)
        typed = {name: str(value) for name, value in self.body_fields.items() if name != "_xsrf"}
        await self.show(
            int(order_id),
            supplement_error=shown,
            supplement_refused=supplement_id,
            typed_supplement=typed,
        )

    async def write_down(
        self, tx: Transaction, act: str, before: Supplement | None, supplement_id: int
    ) -> None:
        """What changed, without the words that are about a patient: the log is never erased."""
        after = await tx.supplements.get(supplement_id)
        assert after is not None
        was = {"state": before.state, "amount_fen": before.amount_fen} if before else None
        is_now = {"supplement": after.id, "state": after.state, "amount_fen": after.amount_fen}
        await self.audit(tx, f"supplement.{act}", ("order", after.order_id), was, is_now)


class MakeHandler(SupplementAct):
    """Make a supplement that is to be paid at once."""

    async def post(self, order_id: str) -> None:
        self.back = f"orders/{order_id}/"
        try:
            given = self.load(MadeSupplement())
            await self._make(int(order_id), given)
        except (ApiError, Refused) as error:
            await self.show_refusal(order_id, error, 0)
            return
        self.redirect_done(self.back, "supplement-opened")

    async def _make(self, order_id: int, given: dict[str, Any]) -> None:
        at, limits = self.now(), limits_of(self.services.settings)
        wanted = Wanted(
            order_id,
            SupplementKind(given["kind"]),
            given["amount_fen"],
            given["reason"],
            given["action_id"],
        )

        async def work(tx: Transaction) -> None:
            made = await deciding.make(tx, wanted, self.caller.id, limits, at)
            if not made.repeated:
                await self.write_down(tx, "make", None, made.supplement_id)

        await run_once(self.services.storage, work)


class OpenHandler(SupplementAct):
    """Let a supplement that was proposed or disputed be paid, with the same or another amount."""

    async def post(self, order_id: str, supplement_id: str) -> None:
        self.back = f"orders/{order_id}/"
        try:
            given = self.load(OpenedSupplement())
            seen = Seen(int(order_id), int(supplement_id), self.shown_fingerprint())
            opening = Opening(seen, given["amount_fen"], given["reason"], self.caller.id, self.now())
            limits = limits_of(self.services.settings)
            async with self.services.storage.reading() as reader:  # before a payment is closed
                await deciding.check_seen(reader, seen)

            async def decide(tx: Transaction, order: Order, supplement: Supplement) -> None:
                before = await deciding.open_(tx, order, supplement, opening, limits)
                await self.write_down(tx, "open", before, seen.supplement_id)

            await self.services.payments.release_supplement(seen.supplement_id, decide)
        except (ApiError, Refused, PaymentError) as error:
            await self.show_refusal(order_id, error, int(supplement_id))
            return
        self.redirect_done(self.back, "supplement-opened")


class WithdrawHandler(SupplementAct):
    """A supplement that was not paid is not to be paid."""

    async def post(self, order_id: str, supplement_id: str) -> None:
        self.back = f"orders/{order_id}/"
        try:
            note, at = self.load(WithdrawnSupplement())["note"], self.now()
            seen = Seen(int(order_id), int(supplement_id), self.shown_fingerprint())
            async with self.services.storage.reading() as reader:
                await deciding.check_seen(reader, seen)

            async def decide(tx: Transaction, order: Order, supplement: Supplement) -> None:
                before = await deciding.withdraw(tx, order, supplement, seen, note, at)
                await self.write_down(tx, "withdraw", before, seen.supplement_id)

            await self.services.payments.release_supplement(seen.supplement_id, decide)
        except (ApiError, Refused, PaymentError) as error:
            await self.show_refusal(order_id, error, int(supplement_id))
            return
        self.redirect_done(self.back, "supplement-withdrawn")


class ReceiptHandler(OrderAct):
    """The photo of a supplement's receipt."""

    produces = JPEG

    async def get(self, order_id: str, supplement_id: str) -> None:
        supplement = await self.read_one(lambda reader: reader.supplements.get(int(supplement_id)))
        if supplement.order_id != int(order_id):
            raise not_found()
        await send_sealed(self, self.services.documents, supplement.receipt_file)


SUPPLEMENT = rf"{ORDER}/supplements/([0-9]{{1,18}})"
routes = [
    (rf"{ORDER}/supplements/", MakeHandler),
    (rf"{SUPPLEMENT}/open/", OpenHandler),
    (rf"{SUPPLEMENT}/withdraw/", WithdrawHandler),
    (rf"{SUPPLEMENT}/receipt/", ReceiptHandler),
]
