"""A month of the books: which entries of the ledger count to it, what they come to, and whether its days are
reconciled with WeChat's bills.

An entry counts to the month in which it occurred. What is booked for a month whose books are closed already counts to
the month in which it was booked, and is shown as late (补记). So every entry counts to exactly one month.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta

from clock import HOUR, day_bounds, shanghai_date
from frozen_dataclasses import frozen
from payment.books.ledger import FEE, OFFLINE_PAYMENT, OFFLINE_REFUND, PAYMENT, REFUND
from payment.reconciliation.bill_days import TRADE, begin_of_books, compared_between, days_between, ready_at
from storage import Reader
from storage.filters import BookSpan
from storage.models import ClosedMonth
from storage.views import BookSum

RECEIPTS = (PAYMENT, OFFLINE_PAYMENT)
REFUNDS = (REFUND, OFFLINE_REFUND)
FEES = (FEE,)
EARLIEST, LATEST = "2000-01", "2199-12"
_MONTH = re.compile("[0-9]{4}-(0[1-9]|1[0-2])", re.ASCII)
_SLACK = HOUR
"""Longer than between the moment that an entry is booked with and its commit."""


@frozen()
class Month:
    """A calendar month in Shanghai, ``YYYY-MM``."""

    name: str

    @property
    def first_day(self) -> str:
        return f"{self.name}-01"

    @property
    def last_day(self) -> str:
        return (date.fromisoformat(self.next().first_day) - timedelta(1)).isoformat()

    @property
    def first_at(self) -> int:
        return day_bounds(self.first_day)[0]

    @property
    def before_at(self) -> int:
        """The first moment that is not in it."""
        return day_bounds(self.last_day)[1]

    def next(self) -> Month:
        return self.shifted(1)

    def shifted(self, months: int) -> Month:
        number = int(self.name[:4]) * 12 + int(self.name[5:]) - 1 + months
        return Month(f"{number // 12:04d}-{number % 12 + 1:02d}")


def read_month(text: str) -> Month | None:
    """None for what is no month."""
    return Month(text) if _MONTH.fullmatch(text) and EARLIEST <= text <= LATEST else None


def month_at(at: int) -> Month:
    return Month(shanghai_date(at)[:7])


@dataclass
class Totals:
    """What entries come to, in fen; refunds and fees are negative, as in the ledger."""

    received_fen: int = 0
    refunded_fen: int = 0
    fees_fen: int = 0
    offline_received_fen: int = 0
    offline_refunded_fen: int = 0
    supplements_fen: int = 0
    """The part of what was received and given back that is of supplements."""
    late_fen: int = 0
    """The part of it all that was booked for months closed before."""
    entries: int = 0

    def add(self, entry: BookSum) -> None:
        amount = entry.amount_fen
        if entry.kind == PAYMENT:
            self.received_fen += amount
        elif entry.kind == REFUND:
            self.refunded_fen += amount
        elif entry.kind == OFFLINE_PAYMENT:
            self.offline_received_fen += amount
        elif entry.kind == OFFLINE_REFUND:
            self.offline_refunded_fen += amount
        elif entry.kind == FEE:
            self.fees_fen += amount
        else:
            raise ValueError(f"no column of the books for ledger entries of kind {entry.kind}")
        if entry.supplement:
            self.supplements_fen += amount
        if entry.late:
            self.late_fen += amount
        self.entries += entry.entries

    @property
    def net_fen(self) -> int:
        return (
            self.received_fen
            + self.refunded_fen
            + self.fees_fen
            + self.offline_received_fen
            + self.offline_refunded_fen
        )

    @property
    def all_received_fen(self) -> int:
        return self.received_fen + self.offline_received_fen

    @property
    def all_refunded_fen(self) -> int:
        return self.refunded_fen + self.offline_refunded_fen


def total(sums: Iterable[BookSum]) -> Totals:
    found = Totals()
    for entry in sums:
        found.add(entry)
    return found


async def span_of(reader: Reader, month: Month) -> BookSpan:
    """Which entries count to a month, as of the months that are closed."""
    closed = await reader.months.all()
    own = next((each for each in closed if each.month == month.name), None)
    if not closed:
        return BookSpan(month.first_at, month.before_at)
    spans = tuple(
        (Month(each.month).first_at, Month(each.month).before_at, each.last_ledger_id) for each in closed
    )
    earlier = [each.last_ledger_id for each in closed if each.closed_at <= month.first_at]
    later = [each.last_ledger_id for each in closed if each.closed_at >= month.before_at + _SLACK]
    return BookSpan(
        month.first_at,
        month.before_at,
        own.last_ledger_id if own else None,
        spans,
        late_above=max(earlier) if earlier else min(each.last_ledger_id for each in closed),
        late_up_to=min(later, default=None),
    )


@frozen()
class OpenDay:
    """A day that is not reconciled, and why."""

    day: str
    without_bill: bool = False
    cases: int = 0


async def unreconciled_days(reader: Reader, month: Month, at: int, books_begin: str) -> list[OpenDay]:
    """The days of a month, oldest first, that have no bill or cases that are open. Before the books began these are the
    days on which money moved at WeChat; a day whose bill is not ready yet is not reconciled either."""
    begin = await begin_of_books(reader, books_begin)
    first, last = month.first_day, min(month.last_day, shanghai_date(at))
    if not begin or first > last:
        return []
    moved = await _days_with_wechats_money(reader, month) if begin > first else set()
    counts = await reader.finance.count_cases_of_days(first, last, compared_between(first, last))
    others = await reader.books.open_cases_by_day(day_bounds(first)[0], day_bounds(last)[1])
    for opened, number in others.items():
        of_day = counts.setdefault(shanghai_date(opened), {})
        of_day["open"] = of_day.get("open", 0) + number
    billed = {bill.bill_date for bill in await reader.finance.bills_between(TRADE, first, last)}
    found = [
        OpenDay(day, day not in billed, counts.get(day, {}).get("open", 0))
        for day in reversed(days_between(first, last))
        if day >= begin or day in moved
    ]
    return [each for each in found if each.without_bill or each.cases]


async def _days_with_wechats_money(reader: Reader, month: Month) -> set[str]:
    sums = await reader.books.sums(BookSpan(month.first_at, month.before_at), ("day",))
    return {shanghai_date(each.day_at) for each in sums if each.kind in (PAYMENT, REFUND)}


@dataclass
class MonthBooks:
    """A month as its page shows it."""

    month: Month
    sums: list[BookSum]
    totals: Totals
    unearned_fen: int
    unearned_orders: int
    open_days: list[OpenDay]
    over: bool
    """Is the month over, and its last bill ready?"""
    closed: ClosedMonth | None = None
    stored: dict[str, int] = field(default_factory=dict)
    """What was stored when it was closed."""

    @property
    def differences(self) -> dict[str, tuple[int, int]]:
        """Of a closed month: what was stored, and what the ledger says now, where the two differ."""
        now = asdict(self.totals)
        return {
            name: (self.stored[name], value)
            for name, value in now.items()
            if name in self.stored and self.stored[name] != value
        }


def over_at(month: Month) -> int:
    """From when on a month may be closed: when WeChat has the bill of its last day."""
    return ready_at(month.last_day)
