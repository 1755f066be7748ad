"""The days of the books: which are compared with WeChat's bill, which are not, and what their differences became."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby

from clock import DAY, day_bounds, shanghai_date
from payment import reconcile
from storage import Reader
from storage.models import Bill, FinanceCase

DAYS = 31
MOST_CASES = 500
"""So many cases are listed on a page; their numbers are right beyond that, too."""
KEPT_FOR = 90 * DAY
"""WeChat keeps its bills for three months."""


@dataclass
class DayOfBooks:
    """A Shanghai day: its bill, if it was compared, and its cases. ``tone`` and ``words`` sum it up."""

    day: str
    bill: Bill | None
    counts: dict[str, int]
    """How many cases there are by state; ``cases`` may hold fewer."""
    cases: list[FinanceCase] = field(default_factory=list)
    due: bool = True
    """Has WeChat had the bill ready long enough?"""
    gone: bool = False
    retried: bool = False
    """Does the daily job still try this day again?"""

    @property
    def plainly_missing(self) -> bool:
        """Is there nothing to say of this day but that it was not compared?"""
        return self.bill is None and self.due and not self.counts

    @property
    def tone(self) -> str:
        if self.bill is None:
            return "red" if self.due or self.counts.get("open") else "grey"
        return "red" if self.counts.get("open") else "green"

    @property
    def words(self) -> str:
        if self.bill is None:
            return "没有核对" if self.due else "账单 10 点后才有"
        if waiting := self.counts.get("open"):
            return f"{waiting} 项待处理"
        done = self.counts.get("closed", 0)
        return f"{done} 项差异，都已处理" if done else "没有差异"

    @property
    def unlisted(self) -> int:
        return sum(self.counts.values()) - len(self.cases)


def is_gone(day: str, at: int) -> bool:
    """Has WeChat thrown the bill of this day away?"""
    return day_bounds(day)[1] + KEPT_FOR < at


def runs(days: list[DayOfBooks]) -> list[list[DayOfBooks]]:
    """The days, with those that were missed one after the other, and for which the same can be done, together."""

    def kind(day: DayOfBooks) -> tuple[str | bool, ...]:
        return ("", day.gone, day.retried) if day.plainly_missing else (day.day,)

    return [list(found) for _, found in groupby(days, kind)]


async def begin_of_books(reader: Reader) -> str:
    """The day of the first bill or the first movement of money; empty before both."""
    moved_at = await reader.ledger.first_at()
    begins = [await reader.finance.first_bill_date(), shanghai_date(moved_at) if moved_at is not None else ""]
    return min(filter(None, begins), default="")


async def count_missing(reader: Reader, at: int) -> int:
    """How many days could be compared now and are not: their bill is due, and WeChat still has it."""
    begin = await begin_of_books(reader)
    last = shanghai_date(at - DAY)
    if reconcile.ready_at(last) > at:
        last = shanghai_date(at - 2 * DAY)
    first = max(begin, shanghai_date(at - KEPT_FOR))
    if not begin or first > last:
        return 0
    return len(_days(first, last)) - await reader.finance.count_bills(reconcile.TRADE, first, last)


async def read_days(reader: Reader, last: str, at: int) -> tuple[list[DayOfBooks], str]:
    """At most `DAYS` days up to ``last``, newest first; and the day before which there are more, or nothing.

    Days count from the first bill or the first movement of money on: one without a bill was missed.
    """
    begin = await begin_of_books(reader)
    if not begin or begin > last:
        return [], ""
    first = max(begin, (date.fromisoformat(last) - timedelta(DAYS - 1)).isoformat())
    days = _days(first, last)
    opened_from = day_bounds(first)[1]  # a day is compared when it is over
    bills = {bill.bill_date: bill for bill in await reader.finance.bills_between("trade", first, last)}
    counts = await reader.finance.count_cases_of_days(first, last, opened_from)
    found = {
        day: DayOfBooks(
            day,
            bills.get(day),
            counts.get(day, {}),
            due=reconcile.ready_at(day) <= at,
            gone=is_gone(day, at),
            retried=day >= shanghai_date(at - reconcile.DAYS_BACK * DAY),
        )
        for day in days
    }
    for day, case in await reader.finance.cases_of_days(first, last, opened_from, MOST_CASES):
        found[day].cases.append(case)
    return list(found.values()), first if begin < first else ""


def _days(first: str, last: str) -> list[str]:
    """The days from ``last`` back to ``first``."""
    end = date.fromisoformat(last)
    return [(end - timedelta(back)).isoformat() for back in range((end - date.fromisoformat(first)).days + 1)]
