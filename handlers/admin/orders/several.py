"""Several ticked orders at once: given to an escort, offered, noted on; each is an act with a result of its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from frozen_dataclasses import frozen
from handlers.admin.last_changes import last_change
from handlers.admin.orders.inviting import Inviting, ticked
from handlers.admin.stale_forms import fingerprint
from handlers.errors import ApiError
from orders import serving
from orders.escorts.availability import why_not
from orders.escorts.invitations import Terms
from orders.transitions import Action, TransitionRefused
from refusals import OrderNotFound, Refused
from schemas.admin_arranging import DO_ASSIGN, DO_INVITE_ALL, NoteOnSeveral, SeveralOrders
from storage import Transaction
from storage.models import Cause, Order

MAX_AT_ONCE = 50
MAX_NOTE = 10_240


class VisitChanged(Refused):
    """The order is not what the page has shown."""

    slug = "visit_changed"
    message = "打开页面以后，就诊时间或医院改过了，请看过再安排"


class NoteTooLong(Refused):
    slug = "note_too_long"
    message = "备注写不下了，请到订单里整理"


@frozen()
class Given:
    """To whom an order is to be given, for which half-days. ``shown``: ``visit_mark`` of what the page has shown."""

    escort_id: int
    half: str
    shown: str = ""


@frozen()
class Result:
    """What became of one order."""

    order_id: int
    order: Order | None
    done: bool
    words: str


def visit_mark(order: Order) -> str:
    """Another one when the visit is another day, hour, place or kind."""
    return fingerprint(
        (order.visit_date, order.visit_time, order.hospital_id, order.hospital_name, order.takes)
    )


class Several(Inviting):
    """What is done to each of several orders, one transaction each: what fails keeps no other from being done."""

    back = "orders/?state=paid&escort=none"

    def ticked_orders(self) -> list[int]:
        """The numbers of the ticked orders. Raises ApiError 400."""
        order_ids = ticked(self.body_fields, "order_")
        if not order_ids:
            raise ApiError(400, "nothing_ticked", "还没有勾选订单：请先勾选")
        if len(order_ids) > MAX_AT_ONCE:
            raise ApiError(400, "too_many_ticked", f"一次最多安排 {MAX_AT_ONCE} 单，请分几次")
        return order_ids

    async def reported(
        self, order_id: int, work: Callable[[], Awaitable[str]], given: Given | None = None
    ) -> Result:
        """Do the work on one order, and say what became of it. ``given``: to whom it was to be given."""
        done = True
        try:
            words = await work()
        except TransitionRefused as error:
            now = "不是待安排" if error.action == Action.ASSIGN else "已经不在服务中"
            done, words = False, f"这个订单{now}。{await self.last_change_of(order_id)}"
        except serving.EscortUnavailable:
            assert given is not None
            done, words = False, await self.why_not_given(order_id, given)
        except (VisitChanged, serving.EscortChanged) as error:
            done, words = False, f"{error.message}。{await self.last_change_of(order_id)}"
        except Refused as error:
            done, words = False, error.message
        async with self.services.storage.reading() as reader:
            return Result(order_id, await reader.orders.get(order_id), done, words)

    async def last_change_of(self, order_id: int) -> str:
        async with self.services.storage.reading() as reader:
            return await last_change(reader, "order", order_id, self.caller.id, self.now())

    async def assign(self, order_id: int, given: Given) -> str:
        """Give one order to an escort; in words what was done."""

        async def run(tx: Transaction) -> str:
            before = await tx.orders.lock(order_id)
            if before is None:
                raise OrderNotFound
            if given.shown and given.shown != visit_mark(before):
                raise VisitChanged
            cause = Cause(self.actor, self.now())
            await serving.assign(tx, order_id, given.escort_id, given.half, cause, self.errands)
            after = await tx.orders.get(order_id)
            assert after is not None
            await self.audit(
                tx,
                "order.assign",
                ("order", order_id),
                {"state": before.state, "escort": before.escort_id},
                {"state": after.state, "escort": after.escort_id},
            )
            return f"已安排给 {after.escort_name}"

        return await self.services.storage.run(run)

    async def why_not_given(self, order_id: int, given: Given) -> str:
        async with self.services.storage.reading() as reader:
            order = await reader.orders.get(order_id)
            assert order is not None
            return await why_not(reader, order, given.escort_id, given.half, self.errands, self.now())


class SeveralHandler(Several):
    """Assign or offer the ticked orders; the page says what became of each."""

    async def post(self) -> None:
        given = self.load(SeveralOrders())
        order_ids = self.ticked_orders()
        if given["do"] != DO_INVITE_ALL and not given["escort_id"]:
            raise ApiError(400, "nobody_chosen", "请选择陪诊员")
        if given["do"] == DO_INVITE_ALL and given["escort_id"]:
            raise ApiError(
                400, "somebody_chosen", "您选了一位陪诊员，「怎样安排」却是派给所有有空的：请改其中一处"
            )
        to, terms = Given(given["escort_id"], given["half"]), Terms(given["half"], given["pay_fen"])
        escorts = None if given["do"] == DO_INVITE_ALL else [to.escort_id]

        async def one(order_id: int) -> str:
            if given["do"] == DO_ASSIGN:
                return await self.assign(order_id, to)
            offered = await self.invite(order_id, escorts, terms)
            return f"已派给 {'、'.join(candidate.name for candidate in offered.invited)}"

        results = [await self.reported(each, partial(one, each), to) for each in order_ids]
        self.render("admin/orders/several.html", results=results, act="批量安排")


class SeveralNotesHandler(Several):
    """A line is added to the note of each ticked order; what colleagues wrote stays."""

    back = "orders/"

    async def post(self) -> None:
        line, order_ids = self.load(NoteOnSeveral())["note"], self.ticked_orders()

        async def one(order_id: int) -> str:
            async def run(tx: Transaction) -> str:
                order = await tx.orders.lock(order_id)
                if order is None:
                    raise OrderNotFound
                notes = f"{order.admin_notes}\n{line}".strip()
                if len(notes) > MAX_NOTE:
                    raise NoteTooLong
                await tx.orders.set_notes(order_id, notes, self.now())
                before, after = {"notes": order.admin_notes}, {"notes": notes}
                await self.audit(tx, "order.notes", ("order", order_id), before, after)
                return "已加上备注"

            return await self.services.storage.run(run)

        results = [await self.reported(each, partial(one, each)) for each in order_ids]
        self.render("admin/orders/several.html", results=results, act="批量备注")


routes = [
    (r"/admin/orders/several/", SeveralHandler),
    (r"/admin/orders/several/notes/", SeveralNotesHandler),
]
