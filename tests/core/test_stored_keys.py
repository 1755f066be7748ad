"""Start-up checks of what is stored: the key of sealed columns, its rotation, triggers of append-only tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from config import DatabaseSettings, Settings
from privacy import Vault, new_key
from startup.checks.database import check_privacy_key
from startup.checks.result import Result
from startup.sealed import CONTEXTS
from storage import Storage, Transaction
from storage.inspection import trigger_names
from storage.repositories.sealed import _FOUND_BY, _OF_VISITS, SEALED_COLUMNS, row_number
from tests.core.test_start_matrix import keys, production

__all__ = ["keys", "production"]


def test_every_sealed_column_is_known_to_the_checks_and_to_the_rotation() -> None:
    from storage.schema import metadata

    columns = {
        (table.name, column.name)
        for table in metadata.tables.values()
        for column in table.columns
        if column.name.endswith("_sealed")
    }
    assert set(SEALED_COLUMNS) == columns == set(CONTEXTS)
    assert all(metadata.tables[table].columns[row_number(table)].primary_key for table, _ in columns)


async def fill_column(storage: Storage, table: str, column: str, values: list[str]) -> None:
    """Rows of a table whose other columns do not matter; of visits, rows of orders of which something is stored."""
    async with storage.transaction() as tx:
        for number, value in enumerate(values):
            row = any_row(table, number) | {column: value}
            if (found_by := _FOUND_BY.get((table, column))) and not value:
                row[found_by] = ""
            await insert(tx, table, row)
            if table in _OF_VISITS:
                order = any_row("orders", number) | {"visit_record": 1, "contact_phone_tail": ""}
                await insert(tx, "orders", order)
        await tx.commit()


def any_row(table: str, number: int) -> dict[str, Any]:
    """A row made up from the columns' types, with no sealed value in it; the order that it names is ``number + 1``."""
    from storage.schema import metadata

    columns = [found for found in metadata.tables[table].columns if not found.nullable and found.name != "id"]
    row = {found.name: number + 1 if found.type.python_type is int else str(number) for found in columns}
    return row | {found.name: "" for found in columns if found.name.endswith("_sealed")}


async def insert(tx: Transaction, table: str, row: dict[str, Any]) -> None:
    names, marks = ", ".join(row), ", ".join(f":{name}" for name in row)
    await tx.connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", row)


def at(production: Settings, database: DatabaseSettings, key: str, *previous: str) -> Settings:
    settings = production.replace("privacy", key=key, previous_keys=list(previous))
    import dataclasses

    return dataclasses.replace(settings, database=database)


@pytest.mark.promise(23)
@pytest.mark.parametrize(("table", "column"), SEALED_COLUMNS)
async def test_a_wrong_privacy_key_is_told_with_its_id(
    production: Settings, storage: Storage, database_settings: DatabaseSettings, table: str, column: str
) -> None:
    right, older, wrong = new_key(), new_key(), new_key()
    context = CONTEXTS[table, column]

    async def judged(key: str, *previous: str) -> Result:
        return await check_privacy_key(at(production, database_settings, key, *previous))

    assert (await judged(wrong)).level == "ok", "nothing is stored yet"
    middle = [Vault(older).seal("13800138000", context)]
    sealed = [Vault(right).seal("13800138000", context) for _ in range(2)]
    await fill_column(storage, table, column, ["", sealed[0], *middle, sealed[1]])
    found = await judged(wrong)
    assert found.level == "failed"
    assert f"expected the key {Vault(right).key_id}, which sealed values of {table}.{column}" in found.detail
    assert Vault(wrong).key_id in found.detail
    assert "\n" not in found.detail
    assert right not in found.detail + wrong
    forgotten = await judged(right)
    assert forgotten.level == "failed", "the value in the middle needs the older key"
    assert Vault(older).key_id in forgotten.detail
    assert (await judged(right, older)).level == "ok"
    assert (await judged(older, right)).level == "ok"


async def test_before_a_migration_nothing_is_said_of_the_key_but_that(
    production: Settings, tmp_path: Path
) -> None:
    from storage import migrate

    database = DatabaseSettings(path=str(tmp_path / "older.sqlite3"))
    migrate(database, revision="0001")
    found = await check_privacy_key(at(production, database, new_key()))
    assert (found.level, "after the migration" in found.detail) == ("warning", True)


@pytest.mark.promise(23)
async def test_values_that_were_put_into_another_column_do_not_count_as_opened(
    production: Settings, storage: Storage, database_settings: DatabaseSettings
) -> None:
    key = new_key()
    await fill_column(storage, "patients", "phone_sealed", [Vault(key).seal("x", "patients.id_number")])
    found = await check_privacy_key(at(production, database_settings, key))
    assert (found.level, "changed or damaged" in found.detail) == ("failed", True)


@pytest.mark.promise(23)
async def test_rotation_with_a_wrong_key_changes_nothing_and_says_which_is_missing(
    production: Settings, storage: Storage, database_settings: DatabaseSettings
) -> None:
    from startup.commands import rotate_privacy_key
    from startup.problems import CommandFailed

    right, wrong = new_key(), new_key()
    sealed = Vault(right).seal("13800138000", "escorts.phone")
    await fill_column(storage, "escorts", "phone_sealed", [sealed])
    with pytest.raises(CommandFailed, match=f"expected the key {Vault(right).key_id}.*nothing was changed"):
        await rotate_privacy_key(at(production, database_settings, wrong))
    async with storage.reading() as reader:
        assert await reader.sealed.samples("escorts", "phone_sealed") == [sealed, sealed]
    assert await rotate_privacy_key(at(production, database_settings, wrong, right)) == 0
    async with storage.reading() as reader:
        assert (await reader.sealed.samples("escorts", "phone_sealed"))[0].startswith(Vault(wrong).key_id)


@pytest.mark.parametrize(
    "lost", ["ledger_no_delete", "audit_log_no_update", "offline_entries_no_delete", "earnings_no_update"]
)
async def test_missing_append_only_triggers_are_told(
    production: Settings, storage: Storage, database_settings: DatabaseSettings, lost: str
) -> None:
    from startup.checks.database import check_append_only

    settings = at(production, database_settings, new_key())
    assert (await check_append_only(settings)).level == "ok"
    assert lost in trigger_names()
    async with storage.transaction() as tx:
        await tx.connection.execute(f"DROP TRIGGER {lost}")
        await tx.commit()
    try:
        found = await check_append_only(settings)
        assert (found.level, lost in found.detail) == ("warning", True)
        assert [name for name in trigger_names() if name in found.detail] == [lost]
    finally:
        from storage.inspection import trigger_statement

        async with storage.transaction() as tx:  # MariaDB's tables are the next test's, too
            await tx.connection.execute(trigger_statement(lost, sqlite="sqlite" in database_settings.engine))
            await tx.commit()
    assert (await check_append_only(settings)).level == "ok"
