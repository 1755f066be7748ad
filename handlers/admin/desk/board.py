"""The assignment desk: waiting orders by day beside the escorts' half-days, and one order given to one cell."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from clock import shanghai_date
from frozen_dataclasses import frozen
from handlers.admin.desk.cells import rows_of
from handlers.admin.orders.invitation_rows import open_of
from handlers.admin.orders.several import Given, Result, Several
from handlers.errors import ApiError
from orders import serving
from orders.escorts.suggestions import choices_of
from orders.visit_time import HALVES
from refusals import OrderNotFound
from schemas.admin_arranging import DeskAct
from storage import Reader, Transaction
from storage.filters import OrderFilter
from storage.models import Cause, Order, OrderState, Takes

DAYS = 3
CHIPS = 14
"""So many days ahead are offered with how many orders wait."""
MAX_CARDS = 200
MAX_OVERDUE = 30
USUAL_REASON = "派单台换人"
_BEGINS = {"am": "00:00", "pm": "12:00"}


@frozen()
class Card:
    """An order that waits for an escort."""

    order: Order
    preferred: str
    offered: str
    """How many escorts may still accept it; empty: it is not offered."""

    @property
    def halves(self) -> str:
        """The half-days in one of which, or in all of which, it has to be; for the script."""
        return " ".join(HALVES if self.order.takes == Takes.DAY else choices_of(self.order))

    @property
    def is_errand(self) -> bool:
        return self.order.takes == Takes.ERRAND

    @property
    def takes_day(self) -> bool:
        return self.order.takes == Takes.DAY


@frozen()
class Group:
    """The waiting orders of one day; ``overdue``: of days that are over."""

    day: str
    cards: list[Card]
    overdue: bool = False


def by_hour(orders: Iterable[Order]) -> list[Order]:
    """By day and hour; of an unsettled hour after those of the morning."""
    return sorted(orders, key=lambda order: (order.visit_date, order.visit_time or "11:59", order.id))


class DeskPage(Several):
    """Shows the desk."""

    section = "desk"
    back = "desk/"

    def first_day(self) -> str:
        """The asked-for day, else today."""
        given, today = self.query_fields.get("from", ""), shanghai_date(self.now())
        try:
            found = date.fromisoformat(
                given if re.fullmatch(r"2[0-9]{3}-[0-9]{2}-[0-9]{2}", given) else today
            )
            return min(found, date(2999, 12, 1)).isoformat()
        except ValueError:
            return today

    async def show_desk(self, result: Result | None = None) -> None:
        """``result``: what became of the order that was just given."""
        today, first = shanghai_date(self.now()), self.first_day()
        days = [_later(first, step) for step in range(DAYS)]
        async with self.services.storage.reading() as reader:
            waiting = await reader.order_lists.waiting_by_day(today, _later(today, CHIPS - 1))
            further = OrderFilter(OrderState.PAID, unassigned=True, first_date=_later(today, CHIPS))
            facts = {
                "groups": await self._groups(reader, days, today),
                "rows": await rows_of(reader, days, self.errands, self.now()),
                "further": await reader.order_lists.count(further),
                "further_from": further.first_date,
            }
        chips = [(day, waiting.get(day, 0)) for day in (_later(today, step) for step in range(CHIPS))]
        self.render(
            "admin/desk/desk.html" if self.fragment else "admin/desk/board.html",
            **facts,
            days=days,
            halves=HALVES,
            today=today,
            chips=[chip for chip in chips if chip[1] or chip[0] == today],
            earlier=_later(first, -DAYS),
            later=_later(first, DAYS),
            result=result,
            usual_reason=USUAL_REASON,
            max_errands=self.errands,
            now=self.now(),
        )

    async def _groups(self, reader: Reader, days: list[str], today: str) -> list[Group]:
        shown = OrderFilter(OrderState.PAID, unassigned=True, first_date=days[0], last_date=days[-1])
        orders = by_hour(await reader.order_lists.page(shown, None, MAX_CARDS))
        late: list[Order] = []
        if days[0] <= today:
            over = OrderFilter(OrderState.PAID, unassigned=True, last_date=_later(today, -1))
            late = by_hour(await reader.order_lists.page(over, None, MAX_OVERDUE))
        late = [order for order in late if order.visit_date not in days]
        cards = await self._cards(reader, [*orders, *late])
        groups = [
            Group(day, [cards[each.id] for each in orders if each.visit_date == day], overdue=day < today)
            for day in days
        ]
        overdue = [Group("", [cards[order.id] for order in late], overdue=True)] if late else []
        return [*groups[:1], *overdue, *groups[1:]]

    async def _cards(self, reader: Reader, orders: list[Order]) -> dict[int, Card]:
        offers = await open_of(reader, orders, self.now())
        wanted = {order.preferred_escort_id for order in orders if order.preferred_escort_id}
        names = {each.id: each.name for each in await reader.escorts.some({each for each in wanted if each})}
        return {
            order.id: Card(order, names.get(order.preferred_escort_id or 0, ""), offers.get(order.id, ""))
            for order in orders
        }


def _later(day: str, days: int) -> str:
    return (date.fromisoformat(day) + timedelta(days)).isoformat()


class DeskHandler(DeskPage):
    """The desk; a post gives one order to one half-day of an escort, or from one escort to another (换人)."""

    async def get(self) -> None:
        await self.show_desk()

    async def post(self) -> None:
        try:
            given = self.load(DeskAct())
        except ApiError:
            raise ApiError(400, "nothing_picked", "先选一个订单，再选陪诊员的半天") from None
        order_id, seen = (int(part) for part in given["pick"].split("-"))
        escort_id, day, half = given["cell"].split(":")
        result = await self._give(order_id, seen, (int(escort_id), day, half), given["reason"])
        if result.done and not self.fragment:
            self.redirect_done(f"desk/?from={self.first_day()}", "reassigned" if seen else "assigned")
            return
        if not result.done:
            self.set_status(200 if self.fragment else 409)
        await self.show_desk(result)

    async def _give(self, order_id: int, seen: int, cell: tuple[int, str, str], reason: str) -> Result:
        async with self.services.storage.reading() as reader:
            order = await reader.orders.get(order_id)
            held = [each.half for each in await reader.escorts.bookings_of_order(order_id)]
        if order is None:
            raise OrderNotFound
        escort_id, day, half = cell
        choices = tuple(held) if seen else HALVES if order.takes == Takes.DAY else choices_of(order)
        if order.visit_date != day or (choices and half not in choices):
            fits = "全天" if len(choices) > 1 and order.takes == Takes.DAY else ""
            words = f"这个订单是 {order.visit_date} {order.visit_time or fits}的，不能放在这一格；改时间请打开订单"
            return Result(order_id, order, False, words)
        if seen:
            to = Given(escort_id, serving.held_half(held))
            return await self.reported(
                order_id, lambda: self._reassign(order_id, seen, escort_id, reason), to
            )
        to = Given(escort_id, "day" if order.takes == Takes.DAY else half)
        return await self.reported(order_id, lambda: self.assign(order_id, to), to)

    async def _reassign(self, order_id: int, seen: int, escort_id: int, reason: str) -> str:
        """The half-days stay; the old escort, the new one and the user are told."""

        async def run(tx: Transaction) -> str:
            new = serving.NewEscort(escort_id, str(seen))
            cause = Cause(self.actor, self.now(), reason or USUAL_REASON)
            before = await serving.reassign(tx, order_id, new, cause, self.errands)
            after = await tx.orders.get(order_id)
            assert after is not None
            was: dict[str, Any] = {"state": before.state, "escort": before.escort_id}
            now = {"state": after.state, "escort": after.escort_id}
            await self.audit(tx, "order.reassign", ("order", order_id), was, now)
            return f"已换成 {after.escort_name}，时段不变"

        return await self.services.storage.run(run)


routes = [(r"/admin/desk/", DeskHandler)]
