"""Where a page of orders ends, as two numbers, for each order that a list can have."""

from __future__ import annotations

from dataclasses import replace

from storage.filters import OrderFilter, OrderPlace
from storage.models import ORDERS_BY_VISIT, Order

HOURS_PER_DAY = 10_000
"""More than any hour as a number, so that day and hour fit into one."""
MOMENTS_PER_RANK = 100_000_000 * HOURS_PER_DAY
"""More than any day and hour as a number, so that rank, day and hour fit into one."""


def number_of_day(date: str) -> int:
    """20240123 of ``2024-01-23``."""
    return int(date.replace("-", ""))


def day_of(number: int) -> str:
    """``2024-01-23`` of 20240123."""
    text = f"{number:08d}"
    return f"{text[:4]}-{text[4:6]}-{text[6:]}"


def number_of_hour(hour: str) -> int:
    """831 of ``08:30``, 0 of an hour that is open."""
    return int(hour.replace(":", "")) + 1 if hour else 0


def hour_of(number: int) -> str:
    text = f"{number - 1:04d}"
    return f"{text[:2]}:{text[2:]}" if number else ""


def visit_of(moment: int) -> tuple[str, str]:
    """Day and hour of a visit as one number; no day: empty ones."""
    day, hour = divmod(moment, HOURS_PER_DAY)
    return (day_of(day), hour_of(hour)) if day else ("", "")


def _moment(order: Order) -> int:
    return number_of_day(order.visit_date) * HOURS_PER_DAY + number_of_hour(order.visit_time)


def is_diary(wanted: OrderFilter) -> bool:
    """Is a list by days one of visits to come, the next first, rather than of the latest first?"""
    return not wanted.by_made and not wanted.low_rated and (wanted.by_visit or wanted.unassigned)


def place(wanted: OrderFilter, order: Order) -> OrderPlace:
    """Where a page ends whose last row is ``order``."""
    if wanted.user_id or wanted.waits_for:
        return 0, order.id
    if wanted.by_hour:
        return number_of_hour(order.visit_time), order.id
    if wanted.by_rank:
        moment = _moment(order) if order.state in ORDERS_BY_VISIT else 0
        return order.display_rank * MOMENTS_PER_RANK + moment, order.id
    if wanted.by_made:
        return order.created_at, order.id
    return _moment(order) if is_diary(wanted) else number_of_day(order.visit_date), order.id


def narrow(wanted: OrderFilter, number: int) -> OrderFilter:
    """The filter from a place's day on. One bound on each side: with two, SQLite uses the first."""
    if wanted.by_made:
        return replace(wanted, made_before=min(wanted.made_before or number + 1, number + 1))
    if is_diary(wanted):
        return replace(wanted, first_date=max(wanted.first_date, visit_of(number)[0]))
    day = day_of(number)
    return replace(wanted, last_date=min(wanted.last_date or day, day))
