"""The books page by page, and what the owner's report counts: of entries that a test has made up."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest

from clock import day_bounds
from payment.books import entry_lines
from payment.books.closing import unearned_of
from payment.books.entry_lines import days_are_too_many, lines_of, span_of_days
from payment.books.months import Month
from payment.books.reports import read_report
from storage.filters import BookSpan
from storage.views import BookSum

NOVEMBER = Month("2026-11")


@dataclass(frozen=True)
class Line:
    id: int
    occurred_at: int


class Books:
    """Entries, and those that are late, as the repository gives them; ``asked``: by which reads."""

    def __init__(self, lines: Sequence[Line] = (), late: Sequence[Line] = ()) -> None:
        self.own, self.late, self.asked = list(lines), list(late), list[Any]()
        self.sums_of: dict[int, list[BookSum]] = {}

    async def lines(self, span: Any, kinds: Any, after: tuple[int, int] | None, limit: int) -> list[Line]:
        self.asked.append(("own", kinds, after, limit))
        found = [line for line in self.own if after is None or (line.occurred_at, line.id) > after]
        return found[:limit]

    async def late_lines(self, span: Any, kinds: Any, after_id: int, limit: int) -> list[Line]:
        self.asked.append(("late", kinds, after_id, limit))
        return [line for line in self.late if line.id > after_id][:limit]

    async def sums(self, span: BookSpan, by: tuple[str, ...]) -> list[BookSum]:
        self.asked.append(by)
        return self.sums_of.get(span.first_at, [])

    async def unearned(self, last_date: str, before_at: int) -> list[Any]:
        self.asked.append((last_date, before_at))
        return ["something"]


class Nothing:
    """Stands for months of which none is closed."""

    async def closed(self, month: str) -> None:
        return None

    async def all(self) -> list[Any]:
        return []


def storage_of(books: Books) -> Any:
    @asynccontextmanager
    async def reading() -> AsyncIterator[Any]:
        yield SimpleNamespace(books=books, months=Nothing())

    return SimpleNamespace(reading=reading)


def many(count: int, first_id: int = 1) -> list[Line]:
    """Two at each moment."""
    return [Line(first_id + number, number // 2) for number in range(count)]


@pytest.mark.parametrize("own", [0, 1, 2, 3, 5])
@pytest.mark.parametrize("late", [0, 2, 3, 5])
async def test_every_entry_is_on_one_page_and_the_late_ones_come_last(
    own: int, late: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entry_lines, "PAGE", 2)
    books = Books(many(own), many(late, 100))
    span = BookSpan(0, 10, closed=((0, 10, 5),))
    pages: list[Any] = [page async for page in lines_of(storage_of(books), span, ("fee",))]
    assert [line for page in pages for line in page] == [*books.own, *books.late]
    assert all(0 < len(page) <= 2 for page in pages), "no page is empty"
    assert {(kinds, limit) for _, kinds, _, limit in books.asked} == {(("fee",), 2)}
    assert [which for which, *_ in books.asked].count("own") == own // 2 + 1
    assert [which for which, *_ in books.asked].count("late") == late // 2 + 1


async def test_of_a_span_that_is_no_closed_month_nothing_is_late() -> None:
    books = Books(many(1), many(1, 100))
    pages: list[Any] = [page async for page in lines_of(storage_of(books), BookSpan(0, 10))]
    assert pages == [books.own]


def test_days_are_whole_days_of_shanghai_and_a_year_at_the_most() -> None:
    span = span_of_days("2026-11-01", "2026-11-03")
    assert span == BookSpan(day_bounds("2026-11-01")[0], day_bounds("2026-11-03")[1])
    assert [days_are_too_many("2026-01-01", last) for last in ("2027-01-01", "2027-01-02")] == [False, True]


async def test_what_is_unearned_is_of_the_months_end_or_of_yesterday() -> None:
    """In the current month today's visits are still to come."""
    books = Books()
    reader: Any = SimpleNamespace(books=books)
    noon = day_bounds("2026-11-15")[0] + 43_200_000
    assert len(await unearned_of(reader, NOVEMBER, noon)) == 1
    assert len(await unearned_of(reader, NOVEMBER, NOVEMBER.before_at)) == 1
    assert len(await unearned_of(reader, NOVEMBER, NOVEMBER.before_at - 1)) == 1
    assert len(await unearned_of(reader, NOVEMBER, NOVEMBER.first_at)) == 1
    assert await unearned_of(reader, NOVEMBER, NOVEMBER.first_at - 1) == []
    assert books.asked == [
        ("2026-11-14", noon + 1),
        ("2026-11-30", NOVEMBER.before_at),
        ("2026-11-29", NOVEMBER.before_at),
        ("2026-10-31", NOVEMBER.first_at + 1),
    ]


def summed(
    kind: str, amount_fen: int, hospital: str, *, supplement: bool = False, orders: int = 1
) -> BookSum:
    return BookSum(
        day_at=0, service="", unit="", hospital=hospital, escort_id=0, escort="", kind=kind,
        supplement=supplement, late=False, amount_fen=amount_fen, entries=1, orders=orders,
    )  # fmt: skip


async def test_the_report_counts_the_orders_that_were_paid_and_nothing_else() -> None:
    """Neither refunds nor supplements are orders; the best comes first, equals by their name."""
    books = Books()
    october = NOVEMBER.shifted(-1)
    books.sums_of = {
        october.first_at: [summed("payment", 10_000, "B", orders=2), summed("fee", -60, "B", orders=2)],
        NOVEMBER.first_at: [
            summed("payment", 5_000, "B"),
            summed("offline_payment", 14_940, "A", orders=3),
            summed("payment", 700, "A", supplement=True),
            summed("refund", -700, "A"),
            summed("payment", 1, "C"),
        ],
    }
    report = await read_report(storage_of(books), NOVEMBER, "hospital", lambda entry: entry.hospital)
    assert [month.name for month in report.months][-2:] == ["2026-10", "2026-11"]
    assert (len(report.months), len(books.asked), set(books.asked)) == (12, 12, {("hospital",)})
    assert [(row.name, row.total.orders, row.total.totals.net_fen) for row in report.rows] == [
        ("A", 3, 14_940),
        ("B", 3, 14_940),
        ("C", 1, 1),
    ]
    assert [(cell.orders, cell.totals.net_fen) for cell in report.sums[-2:]] == [(2, 9_940), (5, 19_941)]
    assert (report.total.orders, report.total.totals.entries) == (7, 7)
    assert report.total.totals.supplements_fen == 700
    assert [cell.orders for cell in report.rows[0].cells] == [0] * 11 + [3]
