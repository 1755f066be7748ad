"""The day of a visit as a user gives it: one that cannot be booked is refused, with the last possible day."""

from __future__ import annotations

from config import Settings
from handlers.errors import ApiError
from orders.visit_date import VisitDateRefused, check_visit_date


def require_bookable(day: str, at: int, settings: Settings) -> None:
    """Raises ApiError 400 unless a visit may be booked for that Shanghai day now."""
    try:
        check_visit_date(day, at, settings.orders.horizon_days)
    except VisitDateRefused as problem:
        raise ApiError(
            400, "invalid_input", f"就诊日期：{problem}", fields={"wantTime": [str(problem)]}
        ) from None
