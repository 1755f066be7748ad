"""Which days a visit may be booked for: from today to the horizon of the configuration, counted in Shanghai.

Beyond a year after the payment WeChat refunds nothing, so no order may wait longer than that.
"""

from __future__ import annotations

from datetime import date

from clock import DAY, shanghai_date
from refusals import InvalidInput


class VisitDateRefused(InvalidInput):
    """Not a day that can be booked."""

    def __init__(self, message: str) -> None:
        super().__init__("visit_date", message)


def last_bookable_day(at: int, horizon_days: int) -> str:
    """The last Shanghai day ``YYYY-MM-DD`` that may be booked at ``at``."""
    return shanghai_date(at + horizon_days * DAY)  # China has kept no summer time since 1991


def check_visit_date(day: str, at: int, horizon_days: int) -> None:
    """Raises VisitDateRefused unless ``day`` is today or later and within the horizon."""
    if day < shanghai_date(at):
        raise VisitDateRefused("不能早于今天")
    last = last_bookable_day(at, horizon_days)
    if day > last:
        named = date.fromisoformat(last)
        raise VisitDateRefused(
            f"最多提前 {horizon_days} 天预约，最晚可以选 {named.year}年{named.month}月{named.day}日"
        )
