"""The board of the assignment desk: escorts × half-days, and what each cell has room for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from frozen_dataclasses import frozen
from orders.escorts.availability import who_may_be_given_orders
from orders.visit_time import HALVES, WHOLE_DAY
from storage import Reader
from storage.models import EscortBooking
from storage.views import EscortVisit

ALL, ERRANDS, NOTHING = "all", "errand", ""
"""What a half-day of an escort still has room for: a visit, one more errand, nothing."""


@frozen()
class Cell:
    """A half-day of an escort."""

    escort_id: int
    day: str
    half: str
    room: str
    on_leave: bool
    visits: tuple[EscortVisit, ...]
    errands: int
    """How many of the visits are errands that share it."""
    whole_days: frozenset[int]
    """The orders that take the other half of the day, too."""

    @property
    def value(self) -> str:
        return f"{self.escort_id}:{self.day}:{self.half}"


@frozen()
class Row:
    """An escort on the board; ``gives``: may new orders be given to them?"""

    escort_id: int
    name: str
    gives: bool
    count: int
    """Visits of these days that are still to be served."""
    cells: tuple[Cell, ...]


def room_in(taken: Sequence[EscortBooking], *, on_leave: bool, errands: int) -> str:
    """What a half-day with these bookings still has room for; ``orders.serving.free_slot`` decides for an order."""
    if on_leave:
        return NOTHING
    if not taken:
        return ALL
    shared = all(booking.slot for booking in taken)
    return ERRANDS if shared and len(taken) < errands else NOTHING


async def rows_of(reader: Reader, days: Sequence[str], errands: int, at: int) -> list[Row]:
    """All who may be given orders, and who else has visits on these days, by their names; with most room first."""
    names = await who_may_be_given_orders(reader, at)
    visits = await reader.escorts.visits(days[0], days[-1])
    others = {visit.escort_id for visit in visits} - set(names)
    every = {**names, **{each.id: each.name for each in await reader.escorts.some(others)}}
    leave = {
        (each.escort_id, each.visit_date, each.half)
        for each in await reader.leaves.between(days[0], days[-1])
    }
    taken: dict[tuple[int, str, str], list[EscortBooking]] = defaultdict(list)
    for booking in await reader.escorts.bookings(days[0], days[-1]):
        taken[booking.escort_id, booking.visit_date, booking.half].append(booking)
    there = _by_cell(visits)

    def cell(escort_id: int, day: str, half: str) -> Cell:
        key = (escort_id, day, half)
        on_leave = key in leave
        room = room_in(taken[key], on_leave=on_leave, errands=errands) if escort_id in names else NOTHING
        shared = sum(1 for booking in taken[key] if booking.slot)
        both = frozenset.intersection(
            *(frozenset(visit.order_id for visit in there[escort_id, day, each]) for each in HALVES)
        )
        return Cell(escort_id, day, half, room, on_leave, tuple(there[key]), shared, both)

    rows: list[Row] = []
    for escort_id, name in every.items():
        cells = tuple(cell(escort_id, day, half) for day in days for half in HALVES)
        orders = {visit.order_id for each in cells for visit in each.visits if not visit.finished}
        rows.append(Row(escort_id, name, escort_id in names, len(orders), cells))
    return sorted(rows, key=lambda row: (not row.gives, row.count, row.name, row.escort_id))


def _by_cell(visits: Iterable[EscortVisit]) -> dict[tuple[int, str, str], list[EscortVisit]]:
    """A finished visit of a whole day is in both of its cells, as a booked one is."""
    cells: dict[tuple[int, str, str], list[EscortVisit]] = defaultdict(list)
    for visit in visits:
        for half in HALVES if visit.half in (WHOLE_DAY, "") else (visit.half,):
            cells[visit.escort_id, visit.visit_date, half].append(visit)
    return cells
