"""How the engines read the lists: along an index, asked with EXPLAIN, and no more rows than a page needs."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tornado.ioloop import IOLoop

from bench.filler import Filled, fill
from clock import DAY, shanghai_date
from config.visit_settings import VisitSettings
from handlers.admin.money.refunds import TABS
from handlers.admin.orders.listing import read_filter
from orders.office_queues import OfficeQueue, orders_in
from privacy import Vault
from storage import open_storage
from storage.connection import Connection
from storage.filters import MoneyFilter
from storage.models import AttemptState
from storage.repositories import order_places, order_words, users
from storage.repositories.order_lists import OrderLists
from tests.admin.conftest import KEY
from tests.admin.scenario import MovingClock
from tests.databases import MySQLTemplate

if TYPE_CHECKING:
    from config import DatabaseSettings

ENOUGH_TO_CHOOSE = 3_000
"""With fewer rows MariaDB reads a whole table rather than an index, and is right."""
FEW_ROWS = (
    "ORDER BY visit_date, visit_time, id",
    "ORDER BY visit_time, id",
    "named",
    " id IN (",
    "a.id IN (",
    "FROM patients p",
    "FROM name_parts",
)
"""In statements that look up few rows first, and sort those."""


class Explaining:
    """Asks the engine, for each statement of a list, along what it is read."""

    def __init__(self, engine: str, connection: Connection) -> None:
        self.engine = engine
        self.problems: list[str] = []
        self.asked = 0
        self._fetch_all = connection.fetch_all
        connection.fetch_all = self.fetch_all  # type: ignore[method-assign]

    async def fetch_all(self, sql: str, parameters: Any = None) -> Any:
        word = "EXPLAIN QUERY PLAN" if self.engine == "sqlite" else "EXPLAIN"
        self.asked += 1
        steps = [
            self._sqlite(row, sql) if self.engine == "sqlite" else self._mysql(row)
            for row in await self._fetch_all(f"{word} {sql}", parameters or {})
        ]
        found_first = any(mark in sql for mark in FEW_ROWS)
        for problem in filter(None, steps):
            if not (found_first and problem.startswith("sorts")):
                self.problems.append(f"{problem}: {sql}")
        return await self._fetch_all(sql, parameters or {})

    @staticmethod
    def _sqlite(row: tuple[Any, ...], sql: str) -> str:
        detail = str(row[3])
        if "TEMP B-TREE" in detail:
            return "sorts"
        if sql.endswith(
            "ORDER BY id DESC LIMIT :limit"
        ):  # from the newest on, by id: that is the list's order
            return ""
        scans = re.match(r"SCAN (orders|payment_attempts|refunds|audit_log|users|a|p|o)\b(?! USING)", detail)
        return f"reads all, {detail}" if scans else ""

    @staticmethod
    def _mysql(row: tuple[Any, ...]) -> str:
        table, kind, key, extra = row[2], row[3], row[5], row[9] or ""
        if table is None or str(table).startswith(("<derived", "<union", "<subquery")):
            return "sorts" if "filesort" in extra else ""
        if kind == "ALL" or not key:
            return f"reads all of {table}"
        return "sorts" if "filesort" in extra else ""


def database_for_looking(
    engine: str, folder: Path, request: pytest.FixtureRequest, name: str = "looking"
) -> DatabaseSettings:
    """A migrated database that no other test empties."""
    if engine == "sqlite":
        return request.getfixturevalue("sqlite_template").settings(folder)
    server, worker = request.getfixturevalue("mariadb"), request.getfixturevalue("worker")
    return MySQLTemplate(server, f"{name}_{worker}").settings()


@pytest.fixture(scope="module", params=["sqlite", "mysql"])
def plenty(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A filled database for looking only: (engine, its settings, what is in it, the moment)."""
    settings = database_for_looking(request.param, tmp_path_factory.mktemp("plenty"), request)
    clock = MovingClock()
    return request.param, settings, fill(settings, ENOUGH_TO_CHOOSE, Vault(KEY), clock()), clock()


def explained(plenty: Any, work: Any, but: tuple[str, ...] = ()) -> None:
    """Run ``work(reader, filled, at)`` and fail for every statement that is read badly; ``but``: what is bearable."""
    engine, settings, filled, at = plenty
    loop = IOLoop(make_current=False)

    async def run() -> Explaining:
        storage = open_storage(settings)
        await storage.open()
        try:
            async with storage.reading() as reader:
                explaining = Explaining(engine, reader.connection)
                try:
                    await work(reader, filled, at)
                finally:
                    del reader.connection.fetch_all
                return explaining
        finally:
            await storage.close()

    try:
        explaining = loop.run_sync(run)
    finally:
        loop.close(all_fds=True)
    assert explaining.asked
    problems = [each for each in explaining.problems if not each.startswith(but)]
    assert not problems, "\n".join(problems)


QUERIES = (
    "",
    "state=finished",
    "state=paid",
    "hospital=1",
    "hospital=1&state=finished",
    "service=1",
    "hospital=1&service=1",
    "from=2025-01-01",
    "from=2025-01-01&state=finished",
    "from=2025-01-01&hospital=1",
    "to=2026-06-01&service=1",
    "from=2025-01-01&hospital=1&service=1&state=finished",
    "from=2025-01-01&hospital=1&state=paid",
    "escort=1",
    "escort=1&state=finished",
    "escort=1&from=2025-01-01",
    "by=made&from=2025-01-01",
    "by=made&to=2026-06-01&state=finished",
    "by=made&from=2025-01-01&state=paid",
    "by=made&from=2025-01-01&hospital=1",
    "by=made&from=2025-01-01&hospital=1&service=1&state=finished",
    "by=made&from=2025-01-01&service=1",
    "by=made&from=2025-01-01&escort=1",
    "by=made&from=2025-01-01&escort=none",
    "wait=overdue",
    "wait=overdue&hospital=1",
    "wait=overdue&q=王",
    "wait=overdue&state=serving&from=2025-01-01",
    "wait=escort",
    "wait=escort&service=1",
    "wait=rating",
    "wait=rating&hospital=1",
    "wait=rating&from=2025-01-01",
    "state=serving&hospital=1&service=1",
    "state=refunding",
    "escort=none",
    "escort=none&state=paid",
    "escort=none&state=paid&from=2026-12-01&to=2026-12-01",
    "escort=none&from=2026-01-01",
    "escort=none&hospital=1",
    "user=7",
    "user=7&state=finished",
    "user=7&from=2025-01-01&hospital=1",
    "user=7&by=made&from=2025-01-01",
    "user=7&escort=1",
    "user=7&escort=none",
    "user=7&q=王",
    "q=王",
    "q=王&state=finished",
    "q=王&from=2025-01-01",
    "q=#7",
    "q=1234",
    "q=13800001234",
    "q=芳华",
    "q=王芳",
    "q=华 王",
    "q=芳华 第一",
    "q=1234 王",
    "q=王 今天",
)


@pytest.mark.parametrize("few", [order_words.MAX_LOOKED_UP, 3])
def test_every_list_of_orders_is_read_along_an_index(plenty: Any, few: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(order_words, "MAX_LOOKED_UP", few)

    async def work(reader: Any, filled: Filled, at: int) -> None:
        lists: OrderLists = reader.order_lists
        numbers_ = (filled.out_trade_no, filled.transaction_id, filled.out_refund_no)
        for query in (*QUERIES, *(f"q={number}" for number in numbers_)):
            wanted = read_filter(
                dict(part.split("=", 1) for part in query.split("&") if part), at, Vault(KEY)
            )
            page = await lists.page(wanted, None, 51)
            if page:
                await lists.page(wanted, lists.place(wanted, page[len(page) // 2]), 51)
                await lists.phone_tails(page[:3])

    explained(plenty, work)


def test_every_other_list_is_read_along_an_index(plenty: Any, monkeypatch: pytest.MonkeyPatch):
    async def work(reader: Any, filled: Filled, at: int) -> None:
        begin = at - 30 * DAY
        for state in ("", AttemptState.PAID, AttemptState.CLOSED, AttemptState.MISMATCH):
            for wanted in (MoneyFilter(state), MoneyFilter(state, begin), MoneyFilter(state, begin, at)):
                found = await reader.desk.money_page(wanted, None, 51)
                if found:
                    last = found[-1][0]
                    await reader.desk.money_page(wanted, (getattr(last, wanted.moment), last.id), 51)
                await reader.desk.money_sum(wanted)
        await reader.desk.money_page(MoneyFilter(number=filled.out_trade_no), None, 51)
        for _, states, channel in TABS.values():
            await reader.desk.refunds_page(states, None, 51, channel)
            await reader.desk.refunds_page(states, 40, 51, channel)
        await reader.desk.orders_between(begin, at)
        for queue in set(OfficeQueue) - {OfficeQueue.UNANSWERED}:  # of empty tables MariaDB reads all
            orders = orders_in(queue, at, VisitSettings())
            await reader.order_lists.count(orders)
            await reader.order_lists.oldest_payment(orders)
            if orders.waits_for:
                await reader.order_lists.longest_wait(orders)
                await reader.order_lists.page(orders, None, 51)
                await reader.order_lists.page(orders, (0, 7), 51)
        await reader.escorts.visits(shanghai_date(begin), shanghai_date(at))
        await reader.order_lists.waiting_by_day(shanghai_date(begin), shanghai_date(at + 30 * DAY))
        for search in ("", "微信", "伟", "没有"):
            for few in (5_000, 3):
                monkeypatch.setattr(users, "MAX_LOOKED_UP", few)
                await reader.users.page(None, 51, search)
                await reader.users.page(500, 51, search)
        audit = reader.audit
        for given in (
            {},
            {"act": "login"},
            {"admin_id": 2},
            {"act": "login", "admin_id": 2},
            {"subject": "order"},
            {"subject": "order", "subject_id": "7"},
            {"until": begin},
            {"act": "login", "until": begin},
            {"since": begin},
            {"act": "login", "since": begin, "until": at},
        ):
            await audit.page(None, 51, **given)
            await audit.page(700, 51, **given)

    explained(plenty, work)


@pytest.mark.parametrize("plenty", ["mysql"], indirect=True)
def test_a_late_page_begins_where_it_begins_and_not_at_the_first(plenty: Any):
    """MariaDB, left to itself, walks to a late page over all that come before it."""
    _, settings, _, _ = plenty

    async def work(reader: Any, filled: Filled, at: int) -> None:
        connection = reader.connection
        for query in ("", "hospital=1", "service=1", "state=finished"):
            wanted = read_filter(dict(part.split("=", 1) for part in query.split("&") if part), 0, Vault(KEY))
            before = await rows_read(connection)
            page = await reader.order_lists.page(wanted, (4 * order_places.MOMENTS_PER_RANK, 200), 51)
            assert page, "it is about a page that is there"
            assert await rows_read(connection) - before < 400, query

    async def rows_read(connection: Connection) -> int:
        rows = await connection.fetch_all("SHOW SESSION STATUS LIKE 'Handler_read%'")
        return sum(int(row[1]) for row in rows)

    async def run() -> None:
        storage = open_storage(settings)
        await storage.open()
        try:
            async with storage.reading() as reader:
                await work(reader, Filled(), 0)
        finally:
            await storage.close()

    asyncio.run(run())
