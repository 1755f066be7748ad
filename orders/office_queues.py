"""The orders that wait for the office, by what they wait for. Each queue is a filter of the list of orders, so that the
number on the overview, the one in ``metrics/`` and the list that opens are one thing.
"""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum

from storage.filters import OrderFilter
from storage.models import OrderState


class OfficeQueue(StrEnum):
    """The value is its name in ``metrics/``. An order is in one queue at the most."""

    TODAY_WITHOUT_ESCORT = "today_without_escort"
    OVERDUE = "overdue"
    ESCORT_UNAVAILABLE = "escort_unavailable"
    TOMORROW_WITHOUT_ESCORT = "tomorrow_without_escort"
    LATER_WITHOUT_ESCORT = "later_without_escort"
    LOW_RATINGS = "low_ratings"


def orders_in(queue: OfficeQueue, today: str) -> OrderFilter:
    """The orders of a queue on a Shanghai day, ``YYYY-MM-DD``."""
    tomorrow, later = (str(date.fromisoformat(today) + timedelta(days)) for days in (1, 2))
    match queue:
        case OfficeQueue.TODAY_WITHOUT_ESCORT:
            return _without_escort(today, today)
        case OfficeQueue.OVERDUE:
            return OrderFilter(overdue_before=today)
        case OfficeQueue.ESCORT_UNAVAILABLE:
            return OrderFilter(escort_off_from=today)
        case OfficeQueue.TOMORROW_WITHOUT_ESCORT:
            return _without_escort(tomorrow, tomorrow)
        case OfficeQueue.LATER_WITHOUT_ESCORT:
            return _without_escort(later, "")
        case OfficeQueue.LOW_RATINGS:
            return OrderFilter(low_rated=True)


def _without_escort(first_date: str, last_date: str) -> OrderFilter:
    return OrderFilter(state=OrderState.PAID, unassigned=True, first_date=first_date, last_date=last_date)
