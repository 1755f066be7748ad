"""Changing a paid order, deciding about a request to move it, and closing what was paid for a full day."""

from __future__ import annotations

from typing import Any

from handlers.admin.orders.actions import ORDER, OrderAct
from handlers.admin.orders.change_form import for_the_log, wanted_change
from handlers.admin.stale_forms import changed_since
from handlers.errors import ApiError
from orders.booking.bookable_days import DayRules, settle_overbooked
from orders.changing import moves
from orders.changing.changes import ChangeTerms, EscortTaken, change_by_office, differences
from refusals import Refused
from schemas.change_form import BY_USER, ChangeForm, MoveDecision
from storage import Transaction
from storage.models import Cause, Order


class ChangeAct(OrderAct):
    """What the acts about changes share."""

    def terms(self, *, wanted_by_user: bool, take_escort_off: bool) -> ChangeTerms:
        payments, at = self.services.payments, self.now()
        return ChangeTerms(
            DayRules.of(self.services.settings),
            lambda order: payments.percent(order, at),
            wanted_by_user=wanted_by_user,
            take_escort_off=take_escort_off,
        )

    async def write_down(self, tx: Transaction, act: str, before: Order, after: Order, reason: str) -> None:
        found = differences(before, after)
        was, is_now = ({name: pair[side] for name, pair in found.items()} for side in (0, 1))
        if before.escort_id != after.escort_id:
            was["escort"], is_now["escort"] = before.escort_id, after.escort_id
        facts = {**for_the_log(is_now), "reason": reason}
        await self.audit(tx, act, ("order", after.id), for_the_log(was), facts)

    async def show_refusal(self, order_id: str, error: Exception, **more: Any) -> None:
        """The order's page with what was typed, and why it cannot be."""
        shown = self.form_error(error)
        typed = {name: str(value) for name, value in self.body_fields.items() if name != "_xsrf"}
        taken = isinstance(error, EscortTaken)
        await self.show(int(order_id), **more, typed_change=typed, change_taken=taken, change_error=shown)


class ChangeHandler(ChangeAct):
    """Change day, hour, place, contact phone or wishes of a paid order; its escort's booking moves with it."""

    async def post(self, order_id: str) -> None:
        self.back = f"orders/{order_id}/"
        order = await self.find(order_id)
        try:
            given = self.load(ChangeForm())
            shown = self.shown_fingerprint()
            async with self.services.storage.reading() as reader:
                hospitals = await reader.catalog.hospitals(archived=False)
            wanted = wanted_change(order, hospitals, given, self.services.vault)
            cause = Cause(self.actor, self.now(), given["reason"])
            terms = self.terms(
                wanted_by_user=given["wanted_by"] == BY_USER, take_escort_off=given["take_escort_off"]
            )

            async def work(tx: Transaction) -> None:
                before = await tx.orders.lock(order.id)
                assert before is not None  # orders are never deleted
                after = await change_by_office(
                    tx, order.id, wanted, cause, terms, lambda basis: changed_since(shown, basis)
                )
                await self.write_down(tx, "order.change", before, after, given["reason"])

            await self.services.storage.run(work)
        except (ApiError, Refused) as error:
            await self.show_refusal(order_id, error)
            return
        self.redirect_done(self.back, "changed")


class MoveDecisionHandler(ChangeAct):
    """Accept or refuse a user's request to move the visit."""

    async def post(self, order_id: str) -> None:
        self.back = f"orders/{order_id}/"
        try:
            given = self.load(MoveDecision())
            accepts = given["decision"] == "accept"
            terms = self.terms(wanted_by_user=True, take_escort_off=given["take_escort_off"])
            cause = Cause(self.actor, self.now(), given["note"])

            async def work(tx: Transaction) -> None:
                before, after = await moves.decide_request(
                    tx, int(order_id), given["request_id"], cause, terms if accepts else None
                )
                act = "order.move.accept" if accepts else "order.move.refuse"
                await self.write_down(tx, act, before, after, given["note"])

            await self.services.storage.run(work)
        except (ApiError, Refused) as error:
            await self.show_refusal(order_id, error, about_request=True)
            return
        self.redirect_done(self.back, "move-accepted" if accepts else "move-refused")


class OverbookedHandler(ChangeAct):
    """An order that was paid although its day was full or blocked has been dealt with."""

    async def post(self, order_id: str) -> None:
        await self.act(order_id, "overbooked", lambda tx, order: settle_overbooked(tx, order, self.now()))
        self.redirect_done(self.back, "overbooked-settled")


routes = [
    (rf"{ORDER}/change/", ChangeHandler),
    (rf"{ORDER}/move/", MoveDecisionHandler),
    (rf"{ORDER}/overbooked/", OverbookedHandler),
]
