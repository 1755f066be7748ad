"""What is done with an order: assign, unassign, finish, reopen, note. Each is one audited transaction.

Its money is ``money_actions``'.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from handlers.admin.orders.page import OrderPage
from handlers.admin.remarks import ORDER_NOTE, RATING_ANSWER, save_remark
from handlers.admin.stale_forms import fingerprint
from handlers.errors import ApiError, not_found
from orders import serving
from orders.escorts.availability import why_not
from orders.transitions import TransitionRefused
from payment.settlement import Settled
from schemas.admin import AskAboutPayment, Assignment, RatingAnswer, Unassignment, VersionedNotes
from storage import Transaction
from storage.models import Cause, Order, OrderState


class OrderAct(OrderPage):
    """An act by POST; afterwards the order is shown."""

    async def act(
        self, order_id: str, name: str, work: Callable[[Transaction, Order], Awaitable[Any]]
    ) -> Order:
        """Do ``work`` on the locked order and write down state and escort before and after; what it is now."""
        self.back = f"orders/{order_id}/"

        async def run(tx: Transaction) -> Order:
            before = await tx.orders.lock(int(order_id))
            if before is None:
                raise not_found()
            await work(tx, before)
            after = await tx.orders.get(before.id)
            assert after is not None
            await self.audit(tx, f"order.{name}", ("order", before.id), _facts(before), _facts(after))
            return after

        return await self.services.storage.run(run)

    async def find(self, order_id: str) -> Order:
        return await self.read_one(lambda reader: reader.orders.get(int(order_id)))

    async def why_not(self, order: Order, escort_id: int, half: str) -> str:
        """Why this escort cannot have the order for this half-day."""
        async with self.services.storage.reading() as reader:
            return await why_not(reader, order, escort_id, half, self.errands, self.now())


def _facts(order: Order) -> dict[str, Any]:
    return {"state": order.state, "escort": order.escort_id}


class AssignHandler(OrderAct):
    """Give the order to an escort; refused when the escort is taken on that day and half-day."""

    async def post(self, order_id: str) -> None:
        self.back = f"orders/{order_id}/"
        try:
            given = self.load(Assignment())
            await self.act(
                order_id,
                "assign",
                lambda tx, order: serving.assign(
                    tx,
                    order.id,
                    given["escort_id"],
                    given["half"],
                    Cause(self.actor, self.now()),
                    self.errands,
                ),
            )
        except serving.EscortUnavailable as error:
            self.form_error(error)
            order = await self.find(order_id)
            await self._show_again(order_id, await self.why_not(order, given["escort_id"], given["half"]))
        except TransitionRefused as error:
            self.form_error(error)
            await self._show_again(
                order_id, "这个订单已经不是待安排，可能刚被同事安排或取消了；现在的情况见本页"
            )
        except ApiError as error:
            await self._show_again(order_id, self.form_error(error).for_staff)
        else:
            self.redirect_done(self.back, "assigned")

    async def _show_again(self, order_id: str, refusal: str) -> None:
        """The page with what was chosen, and why that cannot be."""
        chosen = {name: str(self.body_fields.get(name, "")) for name in ("escort_id", "half")}
        await self.show(int(order_id), assign_error=refusal, chosen=chosen)


class UnassignHandler(OrderAct):
    """Take the escort off the order."""

    async def post(self, order_id: str) -> None:
        self.back = f"orders/{order_id}/"
        reason, seen = self.load(Unassignment())["reason"], self.shown_fingerprint("escort_id")
        await self.act(
            order_id,
            "unassign",
            lambda tx, order: serving.unassign(tx, order.id, self.actor, self.now(), reason, seen),
        )
        self.redirect_done(self.back, "unassigned")


class FinishHandler(OrderAct):
    """The visit is over."""

    async def post(self, order_id: str) -> None:
        await self.act(
            order_id, "finish", lambda tx, order: serving.finish(tx, order.id, self.actor, self.now())
        )
        self.redirect_done(self.back, "finished")


class ReopenHandler(OrderAct):
    """Take a finish back; refused when the escort of before has another order at that time by now."""

    async def post(self, order_id: str) -> None:
        try:
            reopened = await self.act(
                order_id,
                "reopen",
                lambda tx, order: serving.reopen(tx, order.id, self.actor, self.now(), self.errands),
            )
        except serving.EscortUnavailable as error:
            self.form_error(error)
            order = await self.find(order_id)
            refusal = await self.why_not(order, order.escort_id or 0, order.half)
            await self.show(order.id, reopen_error=refusal)
        else:
            self.redirect_done(
                self.back, "reopened" if reopened.state == OrderState.SERVING else "reopened-paid"
            )


class NotesHandler(OrderAct):
    """The note on an order. Nobody overwrites what a colleague wrote meanwhile without having seen it."""

    async def get(self, order_id: str) -> None:
        """The note in its cell of the list, or a form in place of it; without htmx, the order's page."""
        self.back = f"orders/{order_id}/"
        order = await self.find(order_id)
        if not self.fragment:
            self.redirect_done(self.back)
        elif self.query_fields.get("show"):
            self.render("admin/orders/note.html", order=order)
        else:
            self.render("admin/orders/note_form.html", order=order, conflict=None)

    async def post(self, order_id: str) -> None:
        """Save the note unless a colleague saved another one since it was read."""
        self.back = f"orders/{order_id}/"
        given = self.load(VersionedNotes())
        version, notes = given["version"], given["notes"]
        stale = await save_remark(
            self, ORDER_NOTE, int(order_id), notes, lambda order: order.notes_version != version
        )
        await self._answer_saved(order_id, None if stale is None else notes)

    async def _answer_saved(self, order_id: str, conflict: str | None) -> None:
        """``conflict``: the note that was not saved."""
        if self.fragment:
            template = "note" if conflict is None else "note_form"
            self.render(f"admin/orders/{template}.html", order=await self.find(order_id), conflict=conflict)
        elif conflict is None:
            self.redirect_done(self.back, "saved")
        else:
            self.set_status(409)
            await self.show(int(order_id), conflict=conflict)


class RatingHandler(OrderAct):
    """A low rating has been followed up: the overview counts it no longer."""

    async def post(self, order_id: str) -> None:
        await self.act(
            order_id, "rating", lambda tx, order: serving.follow_up_low_rating(tx, order, self.now())
        )
        self.redirect_done(self.back, "followed-up")


class AnswerRatingHandler(OrderAct):
    """What the office says to a rating, for its user and its escort. Nobody overwrites a colleague's answer unseen."""

    async def post(self, order_id: str) -> None:
        self.back = f"orders/{order_id}/"
        answer, shown = self.load(RatingAnswer())["answer"], self.shown_fingerprint()
        stale = await save_remark(
            self,
            RATING_ANSWER,
            int(order_id),
            answer,
            lambda order: fingerprint(order.rating_answer) != shown,
        )
        if stale is None:
            self.redirect_done(self.back, "saved")
        else:
            self.set_status(409)
            await self.show(int(order_id), answer_conflict=answer)


class AskWeChatHandler(OrderAct):
    """Ask WeChat now whether an unpaid order, or a supplement of an order, was paid."""

    async def post(self, order_id: str) -> None:
        self.back = f"orders/{order_id}/"
        order, supplement_id = await self.find(order_id), self.load(AskAboutPayment())["supplement"]

        async def write(tx: Transaction, settled: Settled | None) -> None:
            if settled not in (Settled.PENDING, Settled.ALREADY):  # the question, or an answer with news
                after = {"outcome": settled or "asked"}
                if supplement_id is not None:
                    after["supplement"] = supplement_id
                await self.audit(tx, "order.ask", ("order", order.id), {"state": order.state}, after)

        settled = await self.services.payments.query_payment(order.id, write, supplement_id)
        self.redirect_done(self.back, _ANSWERS.get(settled, "asked"))


_ANSWERS: dict[Settled | None, str] = {
    Settled.PAID: "asked-paid",
    Settled.PENDING: "asked-unpaid",
    Settled.CLOSED: "asked-unpaid",
}
"""The sentence that tells what WeChat has answered."""

ORDER = r"/admin/orders/([0-9]{1,18})"
routes = [
    (rf"{ORDER}/assign/", AssignHandler),
    (rf"{ORDER}/unassign/", UnassignHandler),
    (rf"{ORDER}/finish/", FinishHandler),
    (rf"{ORDER}/reopen/", ReopenHandler),
    (rf"{ORDER}/notes/", NotesHandler),
    (rf"{ORDER}/rating/", RatingHandler),
    (rf"{ORDER}/answer/", AnswerRatingHandler),
    (rf"{ORDER}/ask/", AskWeChatHandler),
]
