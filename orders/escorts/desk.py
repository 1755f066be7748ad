"""What an escort finds on the desk: jobs of a day and of a month, and the visits whose report is missing."""

from __future__ import annotations

from collections.abc import Iterable

from clock import DAY, shanghai_date
from frozen_dataclasses import frozen
from orders.serving import held_half
from orders.sharing import access
from storage import Reader
from storage.models import Order, OrderState

JOB_STATES = (OrderState.SERVING, OrderState.REFUNDING, OrderState.FINISHED)
"""A request for a refund that nobody has decided leaves the escort on the job."""
UNFINISHED_DAYS = 7
"""So long after its day a job that nobody has finished is shown."""
REPORT_DAYS = 30
"""So long after its visit a missing report is asked for."""
MAX_REPORTS = 20
_ORDER_OF_HALVES = {"am": "00:00", "day": "00:01", "pm": "12:00"}


@frozen()
class Job:
    """An order of the escort's, and the half-days that it takes: ``am``, ``pm``, ``day``, or nothing when that was not
    kept."""

    order: Order
    half: str

    @property
    def is_open(self) -> bool:
        """Is it still to be served?"""
        return self.order.state == OrderState.SERVING

    @property
    def _sorted_by(self) -> tuple[str, str, int]:
        hour = self.order.visit_time or _ORDER_OF_HALVES.get(self.half, "")
        return self.order.visit_date, hour, self.order.id


@frozen()
class Today:
    """The jobs of today by their hour, and the one that comes next, be it today's or later."""

    jobs: list[Job]
    next: Job | None


async def jobs_between(reader: Reader, escort_id: int, first_date: str, last_date: str) -> list[Job]:
    """The escort's jobs between two days, both included, by day and hour; what was cancelled is none any more."""
    orders = await reader.escort_jobs.between(escort_id, first_date, last_date)
    halves: dict[int, list[str]] = {}
    for booking in await reader.escort_jobs.bookings(escort_id, first_date, last_date):
        halves.setdefault(booking.order_id, []).append(booking.half)
    jobs = [
        Job(order, held_half(halves.get(order.id, [])) or order.half)
        for order in orders
        if order.state in JOB_STATES and access.serves(order)
    ]
    return by_hour(jobs)


def by_hour(jobs: Iterable[Job]) -> list[Job]:
    """By day, then by the hour, or where that is not settled by the half-day."""
    return sorted(jobs, key=lambda job: job._sorted_by)


async def today(reader: Reader, escort_id: int, at: int, horizon_days: int) -> Today:
    """``horizon_days``: so far ahead visits are booked."""
    day = shanghai_date(at)
    begin, end = shanghai_date(at - UNFINISHED_DAYS * DAY), shanghai_date(at + horizon_days * DAY)
    jobs = await jobs_between(reader, escort_id, begin, end)
    return Today([job for job in jobs if job.order.visit_date == day], _next(jobs, day))


def _next(jobs: Iterable[Job], day: str) -> Job | None:
    """The first one that is still to be served from today on, else the last one that nobody has finished."""
    still_open = [job for job in jobs if job.is_open]
    coming = [job for job in still_open if job.order.visit_date >= day]
    return coming[0] if coming else still_open[-1] if still_open else None


async def questions(reader: Reader, escort_id: int) -> list[Job]:
    """Visits about whose report a family waits for an answer."""
    orders = await reader.escort_jobs.asked_about(escort_id, MAX_REPORTS)
    return [Job(order, order.half) for order in orders]


async def missing_reports(reader: Reader, escort_id: int, at: int) -> list[Job]:
    """Finished visits whose report has not been sent and may be written."""
    since = shanghai_date(at - REPORT_DAYS * DAY)
    orders = await reader.escort_jobs.without_report(escort_id, since, MAX_REPORTS)
    return [Job(order, order.half) for order in orders]
