"""Time as the office counts it: only while it is open (``visits.office_hours``, Shanghai)."""

from __future__ import annotations

from datetime import date

from clock import DAY, HOUR, MINUTE, day_bounds, shanghai_date


def moment(day: str, time: str) -> int:
    """``HH:MM`` (to 24:00) of a Shanghai day as ms since the epoch."""
    hours, _, minutes = time.partition(":")
    return day_bounds(day)[0] + int(hours) * HOUR + int(minutes) * MINUTE


def after_office_minutes(at: int, minutes: int, office_hours: str) -> int:
    """The moment at which so many minutes of office hours have passed since ``at``. At night they begin to count when
    the office opens. ``office_hours``: ``08:00-20:00``."""
    opening, _, closing = office_hours.partition("-")
    left, day = minutes * MINUTE, shanghai_date(at)
    while True:
        begin, end = max(at, moment(day, opening)), moment(day, closing)
        if begin + left <= end:
            return begin + left
        left -= max(0, end - begin)
        day = next_day(day)


def next_day(day: str) -> str:
    """The day after ``YYYY-MM-DD``."""
    return shanghai_date(day_bounds(date.fromisoformat(day).isoformat())[0] + DAY)
