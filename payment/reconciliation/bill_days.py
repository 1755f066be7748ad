"""Which days can be compared with WeChat's bills. The one place that says so: the daily job, the command and the page
of the administration all ask here.

A day can be compared when WeChat has its bill (after 10:00 of the next day), still has it (three months), and the books
had begun: before that, the merchant number's money is none of ours, and every row would be a false case.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from clock import DAY, HOUR, MINUTE, day_bounds, shanghai_date
from payment import problems
from storage import Reader

READY_HOUR, READY_MINUTE = 10, 5
"""WeChat has the bills of yesterday after 10:00 Asia/Shanghai."""
DAYS_BACK = 7
"""So far back the daily job catches up by itself."""
KEPT_FOR = 90 * DAY
"""WeChat keeps its bills for three months."""
TRADE, FLOW = "trade", "fund_flow"
_DAY = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}", re.ASCII)


def yesterday(at: int) -> str:
    """The Shanghai day before ``at``."""
    return shanghai_date(at - DAY)


def ready_at(day: str) -> int:
    """When (ms) WeChat has the bills of a Shanghai day."""
    return day_bounds(day)[1] + READY_HOUR * HOUR + READY_MINUTE * MINUTE


def is_gone(day: str, at: int) -> bool:
    """Has WeChat thrown the bill of this day away?"""
    return day_bounds(day)[1] + KEPT_FOR < at


def compared_between(first: str, last: str) -> tuple[int, int]:
    """From when, and before when, differences of the bills of these days are found: a day is compared when it is over,
    and while WeChat has its bill. A comparison that has begun may last some hours longer."""
    return day_bounds(first)[1], day_bounds(last)[1] + KEPT_FOR + DAY


def last_ready(at: int) -> str:
    """The newest day whose bill WeChat has at ``at``."""
    day = yesterday(at)
    return day if ready_at(day) <= at else shanghai_date(at - 2 * DAY)


def days_between(first: str, last: str) -> list[str]:
    """The days from ``last`` back to ``first``; none when ``first`` is later."""
    end = date.fromisoformat(last)
    return [(end - timedelta(back)).isoformat() for back in range((end - date.fromisoformat(first)).days + 1)]


async def begin_of_books(reader: Reader, configured: str) -> str:
    """The first day that is ours to compare: ``pay.books_begin``, else that of the first payment or entry in the ledger
    that was made here, or of the import from an older system; empty before there is any."""
    if configured:
        return configured
    moved_at, tried_at = await reader.ledger.first_booked_at(), await reader.attempts.first_at()
    begins = [shanghai_date(at) for at in (moved_at, tried_at) if at is not None]
    return min(filter(None, [*begins, await reader.finance.first_bill_date()]), default="")


async def check_day(reader: Reader, day: str, at: int, configured: str) -> None:
    """May this day be compared? Raises BillDayRefused, with the reason in words, for one that may not."""
    try:
        known = bool(_DAY.fullmatch(day)) and date.fromisoformat(day) is not None
    except ValueError:
        known = False
    if not known:
        raise problems.BillDayRefused("日期应写成 2026-11-29 这样的年-月-日")
    if ready_at(day) > at:
        raise problems.BillDayRefused("账单第二天 10 点以后才有，到时会自动核对")
    if is_gone(day, at):  # WeChat would say "no bill", and every payment would be a case
        raise problems.BillDayRefused("微信只保留三个月的账单，这一天已经不能下载。请到微信商户平台核对")
    begin = await begin_of_books(reader, configured)
    if not begin:
        raise problems.BillDayRefused("这里还没有过任何支付，没有可以核对的账")
    if day < begin:
        raise problems.BillDayRefused(f"这里的账从 {begin} 开始，更早的收支不属于本系统，不能核对")


async def missing_days(reader: Reader, at: int, configured: str) -> list[str]:
    """The days of the last week that can be compared and are not, oldest first."""
    begin = await begin_of_books(reader, configured)
    if not begin:
        return []
    first, last = max(begin, shanghai_date(at - DAYS_BACK * DAY)), last_ready(at)
    bills = {bill.bill_date for bill in await reader.finance.bills_between(TRADE, first, last)}
    return [day for day in reversed(days_between(first, last)) if day not in bills]


async def count_missing(reader: Reader, at: int, configured: str) -> int:
    """How many days could be compared now and are not."""
    begin = await begin_of_books(reader, configured)
    first, last = max(begin, shanghai_date(at - KEPT_FOR)), last_ready(at)
    if not begin or first > last:
        return 0
    return len(days_between(first, last)) - await reader.finance.count_bills(TRADE, first, last)
