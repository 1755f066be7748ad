"""The entries of a month or of any days, one by one, as an accountant files them: oldest first, page by page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import date, timedelta

from clock import day_bounds
from payment.books.months import Month, span_of
from storage import Storage
from storage.filters import BookSpan
from storage.views import BookLine

PAGE = 500
MAX_DAYS = 366


def span_of_days(first: str, last: str) -> BookSpan:
    """Everything that occurred on these Shanghai days, whatever is closed."""
    return BookSpan(day_bounds(first)[0], day_bounds(last)[1])


async def lines_of(
    storage: Storage, span: BookSpan, kinds: Sequence[str] = ()
) -> AsyncIterator[list[BookLine]]:
    """Pages of the span's entries; those for months that were closed already come last."""
    after: tuple[int, int] | None = None
    while True:
        async with storage.reading() as reader:
            page = await reader.books.lines(span, kinds, after, PAGE)
        if page:
            yield page
            after = page[-1].occurred_at, page[-1].id
        if len(page) < PAGE:
            break
    last_id = 0
    while span.closed:
        async with storage.reading() as reader:
            page = await reader.books.late_lines(span, kinds, last_id, PAGE)
        if page:
            yield page
            last_id = page[-1].id
        if len(page) < PAGE:
            return


async def month_span(storage: Storage, month: Month) -> BookSpan:
    async with storage.reading() as reader:
        return await span_of(reader, month)


def days_are_too_many(first: str, last: str) -> bool:
    return date.fromisoformat(last) - date.fromisoformat(first) >= timedelta(MAX_DAYS)
