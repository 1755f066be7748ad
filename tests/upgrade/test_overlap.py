"""Processes of the released version go on writing while those of the next one start: nothing has to be stopped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect

from clock import MINUTE
from config import DatabaseSettings
from orders.escort_pay.lists import repair_due
from orders.escorts import records
from payment.books.ledger import self_check
from storage import migrate, open_storage, sqlite_path
from storage.migrations import connect, upgrade
from tests.escort_pay import version_1_0_0 as old
from tests.escort_pay.paying import AT, IN_DECEMBER, VISIT_DAY, rule, served
from tests.upgrade import kept


def columns(settings: DatabaseSettings, folder: Path) -> dict[str, dict[str, Any]]:
    engine = connect(settings, sqlite_path(settings, folder))
    look = inspect(engine)
    found = {
        table: {column["name"]: column for column in look.get_columns(table)}
        for table in look.get_table_names()
    }
    engine.dispose()
    return found


@pytest.mark.promise(29)
def test_what_the_released_version_reads_and_writes_is_there_and_nothing_new_is_asked_of_it(
    empty: DatabaseSettings, tmp_path: Path
) -> None:
    upgrade(empty, sqlite_path(empty, tmp_path), kept.RELEASED.revision)
    before = columns(empty, tmp_path)
    migrate(empty, tmp_path)
    after = columns(empty, tmp_path)
    for table, known in before.items():
        for name, column in known.items():
            now = after[table][name]
            assert (str(now["type"]), now["nullable"]) == (str(column["type"]), column["nullable"]), (
                table,
                name,
            )
        for name in set(after[table]) - set(known):
            added = after[table][name]
            assert added["nullable"] or added["default"] is not None, (
                f"{table}.{name}: a running process of the released version does not write it"
            )


@pytest.mark.promise(29, 40)
async def test_orders_that_old_processes_finish_after_the_migration_are_on_the_lists_within_minutes(
    empty: DatabaseSettings, tmp_path: Path
) -> None:
    kept.load(empty, tmp_path, kept.RELEASED)
    migrate(empty, tmp_path)
    storage = open_storage(empty, tmp_path)
    await storage.open()
    try:
        assert await self_check(storage) == []
        assert await records.problems(storage) == []
        async with storage.reading() as reader:
            row = await reader.connection.fetch_one("SELECT MIN(escort_id) FROM earnings")
            assert row is not None
            known = {each.earning.id for each in await reader.escort_pay.open_lines(row[0], "2099-12-31")}
        await rule(storage, 8_000)
        first, second, third = [await served(storage, row[0], visit_date=VISIT_DAY) for _ in range(3)]
        clock = [IN_DECEMBER]
        for order in (first, second, third):
            await old.finish(storage, order, AT)
            assert await repair_due(storage, lambda: clock[0], "new process") == 1
            assert await records.repair_due(storage, lambda: clock[0], "new process") == 1
            clock[0] += MINUTE
        async with storage.reading() as reader:
            listed = await reader.escort_pay.open_lines(row[0], "2099-12-31")
            assert await reader.pay_statements.unbalanced() == []
        assert await records.problems(storage) == []
        added = [each.earning.order_id for each in listed if each.earning.id not in known]
        assert added == [first, second, third]
    finally:
        await storage.close()
