"""The orders that wait for the office, by what they wait for. Each queue is a filter of the list of orders, so that the
number on the overview, the one in ``metrics/`` and the list that opens are one thing.
"""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum

from clock import HOUR, MINUTE, shanghai_date
from config.visit_settings import VisitSettings
from orders.visits.reminders import unanswered
from storage.filters import OrderFilter
from storage.models import OrderState

SOON = 10 * MINUTE
"""An invitation that expires within this time is about to."""


WECHAT_REMINDS_AFTER = 48 * HOUR
"""WeChat reminds of payments that are not reported as shipped so long after they were made."""


class OfficeQueue(StrEnum):
    """The value is its name in ``metrics/``. A thing to do is in one queue at the most; an order may need two, such as
    an hour and an escort."""

    TODAY_WITHOUT_ESCORT = "today_without_escort"
    OVERDUE = "overdue"
    ESCORT_UNAVAILABLE = "escort_unavailable"
    TOMORROW_WITHOUT_ESCORT = "tomorrow_without_escort"
    LATER_WITHOUT_ESCORT = "later_without_escort"
    LOW_RATINGS = "low_ratings"
    UNANSWERED = "unanswered"
    """Reminders that user or escort have not confirmed."""
    HOUR_TO_SETTLE = "hour_to_settle"
    NOBODY_ACCEPTED = "nobody_accepted"
    INVITATIONS_EXPIRING = "invitations_expiring"
    CANNOT_COME = "cannot_come"
    """An escort says so, or takes leave."""
    ABSENT = "absent"
    """The customer is absent or late, or cannot be reached."""
    UNWELL = "unwell"
    OVERBOOKED = "overbooked"
    REPORT_MISSING = "report_missing"
    QUESTIONS = "questions"
    MOVES = "moves"
    SUPPLEMENTS = "supplements"
    """Proposed by an escort, or disputed by who is to pay."""
    UNSHIPPED = "unshipped"
    """Paid for more than 48 hours, and WeChat was not told of a service (``payment.shipping``)."""


VISIT_QUEUES = tuple(OfficeQueue)[list(OfficeQueue).index(OfficeQueue.HOUR_TO_SETTLE) :]
"""What waits about a visit: the longest waiting first."""


def orders_in(queue: OfficeQueue, at: int, visits: VisitSettings) -> OrderFilter:
    """The orders of a queue at ``at`` (ms)."""
    today = shanghai_date(at)
    tomorrow, later = (str(date.fromisoformat(today) + timedelta(days)) for days in (1, 2))
    match queue:
        case OfficeQueue.TODAY_WITHOUT_ESCORT:
            return _without_escort(today, today, at)
        case OfficeQueue.OVERDUE:
            return OrderFilter(overdue_before=today)
        case OfficeQueue.ESCORT_UNAVAILABLE:
            return OrderFilter(escort_off_from=today)
        case OfficeQueue.TOMORROW_WITHOUT_ESCORT:
            return _without_escort(tomorrow, tomorrow, at)
        case OfficeQueue.LATER_WITHOUT_ESCORT:
            return _without_escort(later, "", at)
        case OfficeQueue.LOW_RATINGS:
            return OrderFilter(low_rated=True)
        case OfficeQueue.UNANSWERED:
            return unanswered(visits, at)
        case OfficeQueue.REPORT_MISSING:
            return _waiting(queue, at, at - visits.report_due_hours * HOUR)
        case OfficeQueue.UNSHIPPED:
            return _waiting(queue, at, at - WECHAT_REMINDS_AFTER)
        case _:
            return _waiting(queue, at, at + SOON)


def _waiting(queue: OfficeQueue, at: int, until: int) -> OrderFilter:
    return OrderFilter(waits_for=queue.value, waits_at=at, waits_until=until)


def _without_escort(first_date: str, last_date: str, at: int) -> OrderFilter:
    return OrderFilter(
        state=OrderState.PAID,
        unassigned=True,
        first_date=first_date,
        last_date=last_date,
        not_offered=True,
        waits_at=at,
        waits_until=at + SOON,
    )
