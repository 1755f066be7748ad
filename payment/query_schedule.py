"""When WeChat is asked again about a payment attempt that is not final."""

from __future__ import annotations

from clock import DAY, HOUR, MINUTE
from storage.models import Attempt, AttemptState

WEEK, YEAR = 7 * DAY, 365 * DAY


def first_query_at(at: int) -> int:
    """WeChat's advice: ask after a minute."""
    return at + MINUTE


def next_query_at(attempt: Attempt, at: int) -> int | None:
    """The thinning schedule, counted from when the attempt could last be paid: every minute for five minutes,
    every five for half an hour, every half hour for six hours, then every two hours. After a week only a payment
    that does not agree is still waited for: once a day, for a year."""
    age = at - (attempt.prepay_at or attempt.created_at)
    for until, pause in ((5 * MINUTE, MINUTE), (30 * MINUTE, 5 * MINUTE), (6 * HOUR, 30 * MINUTE)):
        if age < until:
            return at + pause
    if age > YEAR:
        return None
    if age > WEEK and attempt.state == AttemptState.MISMATCH:
        return at + DAY
    return at + 2 * HOUR
