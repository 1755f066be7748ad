"""The places of a day: how many visits there are in each half of it, and whether one more fits (docs/visit.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from frozen_dataclasses import frozen
from orders.visit_time import HALVES, half_of
from storage.models import Order, Takes
from storage.views import PlacesTaken
from storage.writes import OrderContent


@frozen()
class Visit:
    """What a place is wanted for."""

    day: str
    half: str
    """``am``, ``pm``, or empty while the hour is not settled."""
    takes: str
    hospital_id: int


def visit_of(order: Order | OrderContent) -> Visit:
    """What the order takes of its day."""
    return Visit(order.visit_date, half_of(order.visit_time), order.takes, order.hospital_id)


@frozen()
class DayPlaces:
    """``capacity``: places per half-day; ``taken``: what holds one; so many errands share one place."""

    capacity: Mapping[str, int]
    taken: Sequence[PlacesTaken]
    errands_per_place: int

    def fits(self, visit: Visit) -> bool:
        """Is there a place for one more? With it, no more places may be missing than without it: where a half-day has
        more visits than places already, the other one stays open."""
        more = PlacesTaken(visit.day, visit.takes, visit.half, 1)
        return self._missing([*self.taken, more]) <= self._missing(self.taken)

    def _missing(self, taken: Sequence[PlacesTaken]) -> int:
        """How many visits have no place. Those whose hour is not settled go where there is room."""

        def count(half: str, *takes: str) -> int:
            return sum(each.count for each in taken if each.half == half and each.takes in takes)

        whole_days = sum(each.count for each in taken if each.takes == Takes.DAY)
        missing = free = room_for_errands = 0
        for half in HALVES:
            errands = count(half, Takes.ERRAND)
            shared = -(-errands // self.errands_per_place)
            used = whole_days + count(half, Takes.HALF) + shared
            missing += max(used - self.capacity[half], 0)
            free += max(self.capacity[half] - used, 0)
            room_for_errands += shared * self.errands_per_place - errands
        errands = max(count("", Takes.ERRAND) - room_for_errands, 0)
        unsettled = count("", Takes.HALF) - (-errands // self.errands_per_place)
        return missing + max(unsettled - free, 0)
