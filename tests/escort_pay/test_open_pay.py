"""What is on no statement yet, and what is without pay, has lists of its own: kept by the acts, made for old rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Integer, MetaData, insert

from config import DatabaseSettings
from storage import Storage, migrate, sqlite_path
from storage.migrations import connect, upgrade
from tests.escort_pay.paying import (
    add_escort,
    adds_up,
    correct,
    finish,
    finished,
    issue,
    reopen,
    rule,
    withdraw,
)

pytestmark = pytest.mark.promise(40)


async def listed(storage: Storage) -> tuple[int, list[int]]:
    """How many earnings are open, and which orders are listed without pay."""
    async with storage.reading() as reader:
        row = await reader.connection.fetch_one("SELECT COUNT(*) FROM open_earnings")
        orders = await reader.connection.fetch_all(
            "SELECT order_id FROM orders_without_pay ORDER BY order_id"
        )
    assert row is not None
    return int(row[0]), [int(order[0]) for order in orders]


async def test_only_what_is_on_no_statement_is_open(storage: Storage) -> None:
    escort = await add_escort(storage, "王芳", 900)
    await rule(storage, 8_000)
    for _ in range(3):
        await finished(storage, escort)
    assert await listed(storage) == (3, [])
    made = await issue(storage, escort)
    assert await listed(storage) == (0, [])
    await correct(storage, escort, None, 500)
    await withdraw(storage, made.id)
    assert await listed(storage) == (4, [])
    await adds_up(storage)


async def test_an_order_is_listed_without_pay_until_it_is_decided(storage: Storage) -> None:
    escort = await add_escort(storage, "王芳", 900)
    first, second = [await finished(storage, escort) for _ in range(2)]
    assert await listed(storage) == (0, [first, second])
    await correct(storage, escort, first, 0, "亲戚帮忙，不发")
    await reopen(storage, second)
    async with storage.reading() as reader:
        assert await reader.escort_pay.count_without_pay("2026-01-01") == 0
    await finish(storage, second)
    assert await listed(storage) == (1, [second])
    await rule(storage, 8_000)
    await reopen(storage, second)
    await finish(storage, second)
    assert await listed(storage) == (2, [])
    await adds_up(storage)


async def test_the_latest_visits_without_pay_come_first_page_by_page(storage: Storage) -> None:
    escort = await add_escort(storage, "王芳", 900)
    days = ("2026-11-05", "2026-11-20", "2026-11-05", "2026-11-12")
    made = [await finished(storage, escort, visit_date=day) for day in days]
    async with storage.reading() as reader:
        shown: list[int] = []
        before: int | None = None
        while page := await reader.escort_pay.without_pay("2026-11-01", before, 2):
            shown += [each.order_id for each in page]
            before = shown[-1]
        assert shown == [made[1], made[3], made[2], made[0]]
        later = await reader.escort_pay.without_pay("2026-11-12", None, 10)
    assert [each.order_id for each in later] == [made[1], made[3]]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        ("DELETE FROM open_earnings", "neither on a statement nor open"),
        ("UPDATE open_earnings SET escort_id = 77", "neither on a statement nor open"),
        ("DELETE FROM orders_without_pay", "finished without pay and not listed"),
    ],
)
async def test_a_list_that_lacks_something_does_not_add_up(storage: Storage, spoil: str, said: str) -> None:
    escort = await add_escort(storage, "王芳", 900)
    await finished(storage, escort)
    await correct(storage, escort, None, 500)
    await adds_up(storage)
    async with storage.transaction() as tx:
        await tx.connection.execute(spoil)
        await tx.commit()
    async with storage.reading() as reader:
        assert [said in line for line in await reader.pay_statements.unbalanced()] == [True]


@pytest.mark.promise(29)
def test_of_old_rows_those_that_are_open_are_listed(empty: DatabaseSettings, tmp_path: Path) -> None:
    path = sqlite_path(empty, tmp_path)
    upgrade(empty, path, "0033")
    engine = connect(empty, path)
    tables = MetaData()
    tables.reflect(engine)

    def row(table: str, **values: Any) -> Any:
        blank: dict[str, Any] = {}
        for column in tables.tables[table].columns:
            empty_value = 0 if isinstance(column.type, Integer) else ""
            blank[column.name] = None if column.nullable else empty_value
        return insert(tables.tables[table]).values({**blank, **values})

    with engine.begin() as connection:
        for order, state, escort in (
            (1, "finished", 8),
            (2, "finished", 8),
            (3, "finished", 8),
            (4, "serving", 8),
        ):
            connection.execute(
                row("orders", id=order, state=state, escort_id=escort, visit_date=f"2026-11-0{order}")
            )
        connection.execute(row("orders", id=5, state="finished", visit_date="2026-11-05"))
        for earning, about_order, kind in (
            (1, 1, "order"),
            (2, 2, "order"),
            (3, 2, "reversal"),
            (4, None, "correction"),
        ):
            about = {"reference": f"{kind}:{earning}", "earned_date": "2026-11-09", "escort_id": 8}
            connection.execute(row("earnings", id=earning, order_id=about_order, kind=kind, **about))
        for earning, live in ((1, 1), (2, None)):
            connection.execute(
                row("pay_statement_lines", statement_id=1, earning_id=earning, live_earning_id=live)
            )
    migrate(empty, tmp_path)
    with engine.begin() as connection:
        still_open = connection.exec_driver_sql(
            "SELECT earning_id, escort_id, earned_date FROM open_earnings ORDER BY earning_id"
        ).all()
        without = connection.exec_driver_sql(
            "SELECT order_id, visit_date FROM orders_without_pay ORDER BY order_id"
        ).all()
    engine.dispose()
    assert [tuple(each) for each in still_open] == [(number, 8, "2026-11-09") for number in (2, 3, 4)]
    assert [tuple(each) for each in without] == [(2, "2026-11-02"), (3, "2026-11-03")]
