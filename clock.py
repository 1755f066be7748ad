"""Time, as the whole product counts it: integer milliseconds since the epoch, UTC.

Only what a person reads is in Asia/Shanghai; the conversions are here and nowhere else.
A clock is a plain callable, so that tests can move it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

Clock = Callable[[], int]

SHANGHAI = ZoneInfo("Asia/Shanghai")
SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
_TO_THE_SECOND = len("2024-01-22 21:25:59")


def now_ms() -> int:
    """The present moment, in ms since the epoch (UTC)."""
    return time.time_ns() // 1_000_000


def to_ms(moment: datetime) -> int:
    """An aware datetime as ms since the epoch."""
    return int(moment.timestamp() * 1000)


def shanghai(at: int) -> datetime:
    """``at`` (ms, UTC) as an aware datetime in Asia/Shanghai."""
    return datetime.fromtimestamp(at / 1000, SHANGHAI)


def shanghai_date(at: int) -> str:
    """The calendar day of ``at`` in Shanghai, ``2024-01-23``."""
    return shanghai(at).date().isoformat()


def shanghai_time(at: int | None) -> str:
    """``at`` as a Shanghai wall-clock text, ``2024-01-22 21:25:59``; empty for None."""
    return "" if at is None else shanghai(at).isoformat(" ")[:_TO_THE_SECOND]


def day_bounds(day: str) -> tuple[int, int]:
    """First millisecond of the Shanghai day ``YYYY-MM-DD`` and of the day after it."""
    start = datetime.combine(date.fromisoformat(day), datetime.min.time(), SHANGHAI)
    begin = to_ms(start)
    return begin, begin + DAY  # China has kept no summer time since 1991
