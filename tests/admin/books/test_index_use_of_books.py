"""How the engines read the books: a month along the index on its moments, never the whole ledger."""

from __future__ import annotations

from typing import Any

import pytest

from clock import DAY, shanghai_date
from payment.books.months import month_at, span_of
from storage.filters import BookSpan
from tests.admin.lists.test_index_use import plenty

__all__ = ["plenty"]
BY = ("day", "service", "hospital", "escort")


class ReadPlan:
    """Asks the engine, for each statement, how it reads the ledger and the orders."""

    def __init__(self, engine: str, connection: Any) -> None:
        self.engine, self.problems, self.asked = engine, list[str](), 0
        self._fetch_all, self._fetch_one = connection.fetch_all, connection.fetch_one
        connection.fetch_all, connection.fetch_one = self.fetch_all, self.fetch_one

    async def fetch_all(self, sql: str, parameters: Any = None) -> Any:
        await self._look(sql, parameters or {})
        return await self._fetch_all(sql, parameters or {})

    async def fetch_one(self, sql: str, parameters: Any = None) -> Any:
        await self._look(sql, parameters or {})
        return await self._fetch_one(sql, parameters or {})

    async def _look(self, sql: str, parameters: Any) -> None:
        if "ledger" not in sql or sql.endswith("ORDER BY id DESC LIMIT 1"):  # ends at the newest few
            return
        self.asked += 1
        word = "EXPLAIN QUERY PLAN" if self.engine == "sqlite" else "EXPLAIN"
        for row in await self._fetch_all(f"{word} {sql}", parameters):
            if self.engine == "sqlite":
                if str(row[3]).startswith(("SCAN l", "SCAN o", "SCAN orders", "SCAN ledger")):
                    self.problems.append(f"{row[3]}: {sql}")
            elif row[2] in ("l", "o", "a", "ledger", "orders") and row[3] in ("ALL", "index"):
                self.problems.append(f"reads all of {row[2]}: {sql}")


async def test_a_month_is_read_along_the_index_of_its_moments(plenty: Any):
    from storage import open_storage

    engine, settings, _, at = plenty
    storage = open_storage(settings)
    await storage.open()
    try:
        async with storage.reading() as reader:
            plan = ReadPlan(engine, reader.connection)
            month = month_at(at - 40 * DAY)
            span = await span_of(reader, month)
            last = await reader.books.last_id_booked_before(at - 60 * DAY)
            late = BookSpan(span.first_at, span.before_at, last, ((0, span.first_at, last),), last, last + 99)
            for each in (span, late):
                for by in ((), BY):
                    await reader.books.sums(each, by)
                assert await reader.books.count(each) >= 0
                found = await reader.books.lines(each, (), None, 50)
                if found:
                    await reader.books.lines(each, ("payment",), (found[0].occurred_at, found[0].id), 50)
                await reader.books.late_lines(each, (), last, 50)
            await reader.books.unearned(shanghai_date(at - 2 * DAY), at - 2 * DAY)
    finally:
        await storage.close()
    assert plan.asked >= 10
    assert not plan.problems, "\n".join(plan.problems)


@pytest.fixture
def engine() -> str:
    """``plenty`` has its own engines."""
    return "sqlite"
