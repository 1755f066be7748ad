"""What lists read does not grow with the business: the same company, with a history four times as long, and the rows
(MariaDB) or steps (SQLite) of each list counted. ``make bench-growth`` does so with a million orders over HTTP."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from bench.filler import Filled, fill
from bench.filler_people import Company
from clock import DAY, shanghai_date
from config import DatabaseSettings
from payment.reconciliation.bill_days import compared_between
from privacy import Vault
from storage import filters, open_storage
from storage.filters import MoneyFilter
from storage.models import AttemptState
from tests.admin.conftest import KEY
from tests.admin.lists.test_index_use import database_for_looking
from tests.admin.scenario import MovingClock

ORDERS, DAYS, LONGER = 2_500, 50, 4
MARGIN = 60
"""Rows or steps by which two places in a list may differ."""
Read = Callable[[Any, Filled], Awaitable[Any]]


@dataclass(frozen=True)
class Business:
    settings: DatabaseSettings
    filled: Filled


@pytest.fixture(scope="module", params=["sqlite", "mysql"])
def businesses(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[Business]:
    """A young business and an old one, for looking only."""
    now, found = MovingClock()(), []
    for longer in (1, LONGER):
        folder = tmp_path_factory.mktemp("business")
        settings = database_for_looking(request.param, folder, request, f"history_of_{longer}")
        company = Company(
            longer * DAYS * DAY,
            escorts=20,
            regular_orders=100,
            after_sales=True,
            orders_per_case=5,
            open_cases=20,
        )
        found.append(Business(settings, fill(settings, longer * ORDERS, Vault(KEY), now, company=company)))
    return found


async def rows_read(business: Business, read: Read) -> int:
    """How much the engine reads for ``read(reader, filled)``."""
    storage = open_storage(business.settings)
    await storage.open()
    try:
        async with storage.reading() as reader:
            count = _steps if business.settings.engine == "sqlite" else _rows
            return await count(business, reader, read)
    finally:
        await storage.close()


async def _steps(business: Business, reader: Any, read: Read) -> int:
    steps = 0

    def step() -> int:
        nonlocal steps
        steps += 1
        return 0

    raw = sqlite3.connect(business.settings.path)
    raw.set_progress_handler(step, 1)

    async def fetch_all(sql: str, parameters: Any = None) -> Any:
        return raw.execute(sql, parameters or {}).fetchall()

    reader.connection.fetch_all = fetch_all
    try:
        await read(reader, business.filled)
    finally:
        del reader.connection.fetch_all
        raw.close()
    return steps


async def _rows(business: Business, reader: Any, read: Read) -> int:
    counts = [await _rows_so_far(reader), await _rows_so_far(reader)]
    await read(reader, business.filled)
    counts.append(await _rows_so_far(reader))
    of_asking = counts[1] - counts[0]
    return counts[2] - counts[1] - of_asking


async def _rows_so_far(reader: Any) -> int:
    rows = await reader.connection.fetch_all("SHOW SESSION STATUS LIKE 'Handler_read%'")
    return sum(int(row[1]) for row in rows)


async def cases_about_a_payment(reader: Any, filled: Filled) -> None:
    await reader.finance.cases_about({filled.transaction_id, filled.out_trade_no}, 20)
    assert await reader.finance.cases_about({filled.case_number}, 20), "it is about a number that is there"


async def owner_of_a_number_that_only_a_case_names(reader: Any, filled: Filled) -> None:
    assert await reader.people.with_money_number(filled.case_number)


async def cases_of_the_days_reconciled(reader: Any, filled: Filled) -> None:
    days = [shanghai_date(MovingClock()() - back * DAY) for back in (31, 1)]
    await reader.finance.count_cases_of_days(*days, compared_between(*days))
    await reader.finance.cases_of_days(*days, compared_between(*days), 500)


async def sum_of_closed_payments(reader: Any, filled: Filled) -> None:
    assert await reader.desk.money_sum(MoneyFilter(AttemptState.CLOSED)) is None


async def newest_earning_and_statement_of_an_escort(reader: Any, filled: Filled) -> None:
    assert await reader.escort_pay.newest_id(1)
    assert await reader.escort_pay.of_escort(1, 20)
    assert await reader.pay_statements.of_escort(1, None, 1)


async def questions_to_an_escort(reader: Any, filled: Filled) -> None:
    await reader.escort_jobs.asked_about(1, 20)


async def what_is_unearned_now(reader: Any, filled: Filled) -> None:
    now = MovingClock()()
    assert await reader.books.unearned(shanghai_date(now - DAY), now + 1)


READS = (
    cases_about_a_payment,
    owner_of_a_number_that_only_a_case_names,
    cases_of_the_days_reconciled,
    sum_of_closed_payments,
    newest_earning_and_statement_of_an_escort,
    questions_to_an_escort,
    what_is_unearned_now,
)


@pytest.mark.parametrize("read", READS, ids=lambda read: read.__name__)
def test_a_longer_history_is_not_read(
    businesses: list[Business], read: Read, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(filters, "MAX_SUMMED_EVER", 100)
    young, old = (asyncio.run(rows_read(business, read)) for business in businesses)
    assert young, "it reads something"
    assert old <= young * 1.1 + MARGIN
