"""Reading a month of the books, and closing it: what was decided then stays, and is checked against the ledger."""

from __future__ import annotations

import hashlib
from dataclasses import asdict

import orjson

from clock import DAY, MINUTE, shanghai_date
from frozen_dataclasses import frozen
from payment.books.months import (
    Month,
    MonthBooks,
    OpenDay,
    month_at,
    over_at,
    span_of,
    total,
    unreconciled_days,
)
from refusals import Refused
from storage import Duplicate, Reader, Transaction
from storage.filters import BookSpan
from storage.models import ClosedMonth
from storage.views import UnearnedSum

SETTLING = 2 * MINUTE
"""What was booked more recently may not be committed yet: a month is closed without it, or later."""


class MonthClosed(Refused):
    slug = "month_closed"

    def __init__(self, month: str) -> None:
        super().__init__(f"{month_words(month)}已经结账，不能再记这个月的账。请把日期写在结账以后")


class MonthClosedAlready(Refused):
    """It was closed already, perhaps by a colleague."""

    slug = "month_closed_already"

    def __init__(self, month: str) -> None:
        super().__init__(f"{month_words(month)}已经结过账了")


class MonthNotOver(Refused):
    slug = "month_not_over"

    def __init__(self, month: str) -> None:
        super().__init__(
            f"{month_words(month)}还不能结账：下个月 1 日上午 10 点，最后一天的账单出来以后才可以"
        )


class MonthStillMoves(Refused):
    slug = "month_still_moves"
    message = "这个月刚刚还有一笔入账，请过两分钟刷新页面，核对后再结账"


class MonthChanged(Refused):
    slug = "month_changed"
    message = "没有结账：打开页面以后，这个月的账有了变化。请核对下面的数字后再结账"


class MonthNotReconciled(Refused):
    slug = "month_not_reconciled"

    def __init__(self, days: list[OpenDay]) -> None:
        super().__init__(f"没有结账：还有 {len(days)} 天没有对平。请先处理，或勾选「没有对平也结账」")
        self.days = days


def month_words(month: str) -> str:
    """2026年11月 of ``2026-11``."""
    return f"{int(month[:4])}年{int(month[5:])}月"


@frozen()
class Closing:
    """What an owner decides about a month. ``seen``: the mark of the totals that the page has shown."""

    month: Month
    admin_id: int
    seen: str
    despite_open_days: bool = False


async def read_books(
    reader: Reader, month: Month, at: int, books_begin: str, by: tuple[str, ...] = ()
) -> MonthBooks:
    """A month of the books, its sums taken by ``by`` (of ``day``, ``service``, ``hospital``, ``escort``)."""
    sums = await reader.books.sums(await span_of(reader, month), by)
    closed = await reader.months.closed(month.name)
    stored = orjson.loads(closed.totals_json) if closed else {}
    if closed is None:
        waiting = await unearned_of(reader, month, at)
        unearned, orders = sum(each.amount_fen for each in waiting), sum(each.orders for each in waiting)
    else:
        unearned, orders = stored["unearned_fen"], stored["unearned_orders"]
    open_days = await unreconciled_days(reader, month, at, books_begin)
    return MonthBooks(
        month, sums, total(sums), unearned, orders, open_days, over_at(month) <= at, closed, stored
    )


async def unearned_of(reader: Reader, month: Month, at: int) -> list[UnearnedSum]:
    """What was unearned at the end of a month, or is now in the current one, by service, hospital and escort."""
    if month.first_at > at:
        return []
    return await reader.books.unearned(_last_day(month, at), min(month.before_at, at + 1))


def _last_day(month: Month, at: int) -> str:
    """The last day of a month that is over; yesterday in the current one: today's visits are still to come."""
    return month.last_day if month.before_at <= at else shanghai_date(at - DAY)


def totals_mark(books: MonthBooks) -> str:
    """What the form that closes a month carries of what was shown."""
    shown = orjson.dumps([asdict(books.totals), [asdict(day) for day in books.open_days]])
    return hashlib.sha256(shown).hexdigest()[:16]


async def close_month(tx: Transaction, closing: Closing, at: int, books_begin: str) -> ClosedMonth:
    """Close a month that is over. Raises MonthNotOver, MonthClosedAlready, MonthStillMoves, MonthNotReconciled,
    MonthChanged."""
    month = closing.month
    if over_at(month) > at:
        raise MonthNotOver(month.name)
    if await tx.months.closed(month.name) is not None:
        raise MonthClosedAlready(month.name)
    last_id = await tx.books.last_id_booked_before(at - SETTLING)
    span = await span_of(tx, month)
    if await tx.books.has_above(span, last_id):
        raise MonthStillMoves
    books = await read_books(tx, month, at, books_begin)
    if totals_mark(books) != closing.seen:
        raise MonthChanged
    if books.open_days and not closing.despite_open_days:
        raise MonthNotReconciled(books.open_days)
    stored = {
        **asdict(books.totals),
        "net_fen": books.totals.net_fen,
        "unearned_fen": books.unearned_fen,
        "unearned_orders": books.unearned_orders,
        "open_days": len(books.open_days),
    }
    closed = ClosedMonth(month.name, closing.admin_id, at, last_id, orjson.dumps(stored).decode())
    try:
        await tx.months.close(closed)
    except Duplicate:
        raise MonthClosedAlready(month.name) from None
    return closed


async def check_open(reader: Reader, at: int) -> None:
    """May money be booked for this moment? Raises MonthClosed when the books of its month are closed."""
    month = month_at(at).name
    if await reader.months.closed(month) is not None:
        raise MonthClosed(month)


async def check_closed_months(reader: Reader) -> list[str]:
    """Closed months whose stored totals are not what the ledger says, and entries that count to no month because a
    clock was wrong, in words; empty when all agree."""
    problems = []
    for closed in await reader.months.all():
        month = Month(closed.month)
        span, last_id = BookSpan(month.first_at, month.before_at), closed.last_ledger_id
        if lost := await reader.books.count_left_out(span, last_id, closed.closed_at - SETTLING):
            problems.append(
                f"closed month {closed.month}: {lost} entries say that they are older, and count nowhere"
            )
        now = asdict(total(await reader.books.sums(await span_of(reader, Month(closed.month)))))
        stored = orjson.loads(closed.totals_json)
        problems += [
            f"closed month {closed.month}: {name} is {stored[name]}, the ledger says {value}"
            for name, value in now.items()
            if name in stored and stored[name] != value
        ]
    return problems
