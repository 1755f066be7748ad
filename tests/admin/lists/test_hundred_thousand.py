"""A hundred thousand orders, on either engine: every list answers, a late page costs what the first one costs, and an
export holds them all. How long lists take with a million is the bench's business (``python -m bench.admin``)."""

from __future__ import annotations

import csv
import io
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from clock import DAY
from config import DatabaseSettings
from handlers.admin.orders.listing import read_filter
from storage import Reader, Storage
from storage.connection import Connection
from storage.filters import MoneyFilter, OrderFilter, OrderPlace
from storage.repositories.order_conditions import filter_conditions
from tests.admin.clients import Client
from tests.admin.conftest import KEY
from tests.admin.lists.test_index_use import database_for_looking
from tests.admin.lists.test_scale import LISTS
from tests.admin.orders.test_order_list import numbers
from tests.admin.scenario import MovingClock
from tests.filled import fill_from_kept

ORDERS = 100_000
STEPS = 100
"""SQLite tells how far a statement is each time it has taken so many steps."""


@pytest.fixture(scope="module")
def filled_settings(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Any:
    """The settings of a filled database on an engine, filled when it is first asked for, and for looking only."""
    known: dict[str, DatabaseSettings] = {}

    def of(engine: str) -> DatabaseSettings:
        if engine not in known:
            folder: Path = tmp_path_factory.mktemp("hundred-thousand")
            known[engine] = database_for_looking(engine, folder, request)
            fill_from_kept(known[engine], ORDERS, KEY, MovingClock()(), folder / "made")
        return known[engine]

    return of


@pytest.fixture
def database_settings(engine: str, filled_settings: Any) -> DatabaseSettings:
    return filled_settings(engine)


class Effort:
    """Counts what the engine does for the statements of a connection: rows read, or steps taken by hundreds."""

    def __init__(self, engine: str, connection: Any) -> None:
        self.engine = engine
        self.connection: Connection = connection
        self._steps = 0

    async def begin(self) -> None:
        if self.engine == "sqlite":
            self.connection.at_once = False  # type: ignore[attr-defined]  # it counts steps itself
            await self.connection.raw.set_progress_handler(self._step, STEPS)  # type: ignore[attr-defined]

    def _step(self) -> int:
        self._steps += 1
        return 0

    async def so_far(self) -> int:
        if self.engine == "sqlite":
            return self._steps
        rows = await self.connection.fetch_all("SHOW SESSION STATUS LIKE 'Handler_read%'")
        return sum(int(row[1]) for row in rows)

    async def end(self) -> None:
        if self.engine == "sqlite":
            await self.connection.raw.set_progress_handler(None, STEPS)  # type: ignore[attr-defined]
            self.connection.at_once = True  # type: ignore[attr-defined]


async def place_near_the_end(reader: Reader, wanted: OrderFilter) -> OrderPlace:
    """Where the page begins that has two hundred orders behind it."""
    lists = reader.order_lists
    count = await lists.count(wanted)
    assert count > 3_000
    where, values = filter_conditions(wanted)
    if wanted.by_rank:
        by = (
            "display_rank, CASE WHEN state IN ('paid', 'refunding', 'serving') THEN visit_date ELSE '' END, "
            "id DESC"
        )
    else:
        by = "created_at DESC, id DESC" if wanted.by_made else "visit_date, id"
    row = await reader.connection.fetch_one(
        f"SELECT id FROM orders WHERE {' AND '.join(where) or '1 = 1'} ORDER BY {by} LIMIT 1 OFFSET {count - 200}",
        values,
    )
    assert row is not None
    order = await reader.orders.get(row[0])
    assert order is not None
    return lists.place(wanted, order)


@pytest.mark.parametrize(
    "query",
    [
        "",
        "state=finished",
        "hospital=1",
        "service=1",
        "from=2020-01-01",
        "from=2020-01-01&state=finished",
        "by=made&from=2020-01-01",
        "by=made&from=2020-01-01&to=2030-01-01",
        "by=made&from=2020-01-01&hospital=1",
        "from=2020-01-01&to=2030-01-01&hospital=1",
        "escort=none",
    ],
)
async def test_a_late_page_costs_what_the_first_one_costs(engine: str, storage: Storage, query: str):
    wanted = read_filter(dict(part.split("=", 1) for part in query.split("&") if part), MovingClock()())
    async with storage.reading() as reader:
        lists, effort = reader.order_lists, Effort(engine, reader.connection)
        late = await place_near_the_end(reader, wanted)
        await effort.begin()
        try:
            costs = []
            for place in (None, late):
                before = await effort.so_far()
                assert len(await lists.page(wanted, place, 51)) == 51
                costs.append(await effort.so_far() - before)
        finally:
            await effort.end()
    first, last = costs
    assert first < 1_000, "rows, or hundreds of steps"
    assert last <= first * 2 + 100


async def test_late_pages_of_payments_and_acts_cost_what_the_first_ones_cost(engine: str, storage: Storage):
    now = MovingClock()()
    year, ago = MoneyFilter("", now - 365 * DAY, now), now - 360 * DAY
    async with storage.reading() as reader:
        effort = Effort(engine, reader.connection)
        row = await reader.connection.fetch_one("SELECT MAX(id) FROM audit_log WHERE at < :ago", {"ago": ago})
        assert row is not None
        pages: list[tuple[Callable[[Any], Awaitable[Any]], Any]] = [
            (lambda place: reader.desk.money_page(year, place, 51), (ago, 0)),
            (lambda place: reader.audit.page(place, 51, until=now), int(row[0])),
            (lambda place: reader.audit.page(place, 51, until=now, since=ago - 30 * DAY), int(row[0])),
        ]
        await effort.begin()
        try:
            for page, late in pages:
                costs = []
                for place in (None, late):
                    before = await effort.so_far()
                    assert len(await page(place)) == 51
                    costs.append(await effort.so_far() - before)
                assert costs[1] <= costs[0] * 2 + 100
        finally:
            await effort.end()


@pytest.mark.timeout(600)
@pytest.mark.gen_test(timeout=500)
async def test_every_list_answers_and_an_export_holds_every_order(owner: Client):
    for path in LISTS:
        assert "<h1" in await owner.page(f"admin/{path}"), path
    seen: list[int] = []
    path = "admin/orders/"
    for _ in range(4):
        page = await owner.page(path)
        seen += numbers(page)
        path = "admin/orders/" + page.split('" rel="next"')[0].rpartition('href="')[2].replace("&amp;", "&")
    assert len(seen) == len(set(seen)) == 200
    answer = await owner.get("admin/orders/export/?format=csv&ticket=0123456789abcdef")
    rows = list(csv.reader(io.StringIO(answer.body.decode("utf-8-sig"), newline="")))
    assert len({row[0] for row in rows[1:]}) == len(rows) - 1 == ORDERS
    said = await owner.page("admin/orders/export/progress/?ticket=0123456789abcdef")
    assert "导出完成，共 100,000 行" in said
