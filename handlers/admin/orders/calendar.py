"""The calendar: who is or was where on which day, and which visits have no escort yet."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import Protocol, TypeVar

from clock import shanghai_date
from handlers.admin.orders.listing import NO_ESCORT
from handlers.admin.page import AdminPage
from orders.escorts.availability import together
from orders.visit_time import WHOLE_DAY
from storage import Reader
from storage.filters import OrderFilter
from storage.models import EscortState, Order, OrderState
from storage.views import EscortVisit

DAYS = 7
MAX_FREE = 300
"""There is a row for so many approved escorts, and for everybody with a visit in that week."""
MAX_WAITING = 10
"""So many visits of a day that have no escort are shown; the list of orders has them all."""


class CalendarHandler(AdminPage):
    """A week from today or another day on: what waits for an escort, then a row per escort."""

    section = "runners"

    async def get(self) -> None:
        today = shanghai_date(self.now())
        first = self._first(today)
        days = [(first + timedelta(step)).isoformat() for step in range(DAYS)]
        async with self.services.storage.reading() as reader:
            waiting = await reader.order_lists.waiting_by_day(days[0], days[-1])
            shown = {day: await _waiting_on(reader, day) for day in waiting}
            visits = await reader.escorts.visits(days[0], days[-1])
            offered = await reader.invitations.offered_between(days[0], days[-1], self.now())
            leave = await reader.leaves.between(days[0], days[-1])
            requests = await reader.refunds.waiting_kinds({visit.order_id for visit in visits})
            escorts = await reader.escorts.page(EscortState.APPROVED, limit=MAX_FREE)
            more = len(escorts) == MAX_FREE
            known = {escort.id for escort in escorts}
            # Suspended, but booked or once there; or one more than a page shows at once.
            escorts += await reader.escorts.some({visit.escort_id for visit in visits} - known)
        self.render(
            "admin/orders/calendar.html",
            days=days,
            now=self.now(),
            waiting=waiting,
            shown=shown,
            nobody=NO_ESCORT,
            escorts=escorts,
            max_free=MAX_FREE if more else 0,
            cells=_by_cell(_each_once(visits)),
            offered=_by_cell(offered),
            leave={cell: together([each.half for each in found]) for cell, found in _by_cell(leave).items()},
            requests=requests,
            earlier=(first - timedelta(DAYS)).isoformat(),
            later=(first + timedelta(DAYS)).isoformat(),
        )

    def _first(self, today: str) -> date:
        """The asked-for day, else today."""
        given = self.query_fields.get("from", "")
        try:
            return date.fromisoformat(given if re.fullmatch(r"2[0-9]{3}-[0-9]{2}-[0-9]{2}", given) else today)
        except ValueError:
            return date.fromisoformat(today)


class _InCell(Protocol):
    @property
    def escort_id(self) -> int: ...
    @property
    def visit_date(self) -> str: ...


Item = TypeVar("Item", bound=_InCell)


def _by_cell(items: Iterable[Item]) -> dict[tuple[int, str], list[Item]]:
    """What belongs to an escort and a day."""
    cells: dict[tuple[int, str], list[Item]] = {}
    for item in items:
        cells.setdefault((item.escort_id, item.visit_date), []).append(item)
    return cells


def _each_once(visits: Iterable[EscortVisit]) -> list[EscortVisit]:
    """A visit that takes both halves of a day as one."""
    found: dict[tuple[int, str, int], EscortVisit] = {}
    for visit in visits:
        key = (visit.escort_id, visit.visit_date, visit.order_id)
        found[key] = replace(visit, half=WHOLE_DAY) if key in found else visit
    return list(found.values())


async def _waiting_on(reader: Reader, day: str) -> list[Order]:
    wanted = OrderFilter(OrderState.PAID, first_date=day, last_date=day, unassigned=True)
    return await reader.order_lists.page(wanted, None, MAX_WAITING)


routes = [(r"/admin/runners/calendar/", CalendarHandler)]
