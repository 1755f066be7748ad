"""Proposals for the ticked orders, to be looked over and changed, and their commit with a result per order."""

from __future__ import annotations

from functools import partial

from frozen_dataclasses import frozen
from handlers.admin.desk.board import by_hour
from handlers.admin.orders.several import Given, Result, Several, visit_mark
from orders.escorts.availability import HALF
from orders.escorts.suggestions import Suggestion, choices_of, facts_about, suggest
from orders.transitions import Action, allowed
from orders.visit_time import HALVES
from storage.models import Order

NOT_WAITING = "不是待安排"


@frozen()
class Line:
    """A row of the page of proposals; ``mark``: what it has shown of the visit."""

    suggestion: Suggestion
    mark: str
    choices: tuple[str, ...]
    """The half-days to choose from; one: that is settled."""


class SuggestHandler(Several):
    """A proposal for each of the ticked orders. Nothing is changed by it."""

    section = "desk"
    back = "desk/"

    async def post(self) -> None:
        order_ids = self.ticked_orders()
        async with self.services.storage.reading() as reader:
            found = [await reader.orders.get(order_id) for order_id in order_ids]
            orders = by_hour(order for order in found if order is not None)
            waiting = [order for order in orders if allowed(Action.ASSIGN, order.state)]
            facts = await facts_about(reader, waiting, self.now())
        lines = [
            Line(each, visit_mark(each.order), choices_of(each.order))
            for each in suggest(waiting, facts, self.errands)
        ]
        others = [order for order in orders if order not in waiting]
        self.render(
            "admin/desk/proposals.html",
            lines=lines,
            others=[(order, await self.last_change_of(order.id)) for order in others],
            escorts=dict(sorted(facts.names.items(), key=lambda each: (each[1], each[0]))),
            halves=HALF,
            now=self.now(),
        )


class CommitHandler(Several):
    """Give each order as the page of proposals says now: one transaction and one result each."""

    section = "desk"
    back = "desk/"
    many_fields = True

    async def post(self) -> None:
        wanted = [(order_id, self._given(order_id)) for order_id in self.ticked_orders()]
        results = [await self._one(order_id, given) for order_id, given in wanted]
        self.render("admin/desk/committed.html", results=results)

    async def _one(self, order_id: int, given: Given | None) -> Result:
        if given is None:
            async with self.services.storage.reading() as reader:
                order: Order | None = await reader.orders.get(order_id)
            return Result(order_id, order, False, "没有选陪诊员，没有动")
        return await self.reported(order_id, partial(self.assign, order_id, given), given)

    def _given(self, order_id: int) -> Given | None:
        """What the row of an order says; None: no one is chosen."""
        escort, half = (str(self.body_fields.get(f"{name}_{order_id}", "")) for name in ("escort", "half"))
        if not (escort.isascii() and escort.isdigit() and len(escort) <= 18):
            return None
        mark = self.shown_fingerprint(f"mark_{order_id}")
        return Given(int(escort), half if half in (*HALVES, "day") else "", mark)


routes = [
    (r"/admin/desk/suggest/", SuggestHandler),
    (r"/admin/desk/commit/", CommitHandler),
]
