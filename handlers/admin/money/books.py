"""The days of the books: which are compared with WeChat's bill, which are not, and what their differences became."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby

from clock import DAY, shanghai_date
from payment.reconciliation.bill_days import DAYS_BACK, compared_between, days_between, is_gone, ready_at
from storage import Reader
from storage.models import Bill, FinanceCase

DAYS = 31
MAX_CASES = 500
"""So many cases are listed on a page; their numbers are right beyond that, too."""


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


def runs(days: list[DayOfBooks]) -> list[list[DayOfBooks]]:
    """The days, with those that were missed one after the other, and for which the same can be done, together."""

    def kind(day: DayOfBooks) -> tuple[str | bool, ...]:
        return ("", day.gone, day.retried) if day.plainly_missing else (day.day,)

    return [list(found) for _, found in groupby(days, kind)]


async def read_days(reader: Reader, begin: str, last: str, at: int) -> tuple[list[DayOfBooks], str]:
    """At most ``DAYS`` days up to ``last``, newest first; and the day before which there are more, or nothing.

    Days count from ``begin`` (``bill_days.begin_of_books``) on: one without a bill was missed.
    """
    if not begin or begin > last:
        return [], ""
    first = max(begin, (date.fromisoformat(last) - timedelta(DAYS - 1)).isoformat())
    days = days_between(first, last)
    compared = compared_between(first, last)
    bills = {bill.bill_date: bill for bill in await reader.finance.bills_between("trade", first, last)}
    counts = await reader.finance.count_cases_of_days(first, last, compared)
    found = {
        day: DayOfBooks(
            day,
            bills.get(day),
            counts.get(day, {}),
            due=ready_at(day) <= at,
            gone=is_gone(day, at),
            retried=day >= shanghai_date(at - DAYS_BACK * DAY),
        )
        for day in days
    }
    for day, case in await reader.finance.cases_of_days(first, last, compared, MAX_CASES):
        found[day].cases.append(case)
    return list(found.values()), first if begin < first else ""
