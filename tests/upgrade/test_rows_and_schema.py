"""A business of an earlier schema is brought to the newest one: rows, books, indexes, triggers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from config import DatabaseSettings
from orders.escorts import records
from payment.books.ledger import self_check
from storage import StorageUnavailable, migrate, open_storage, revision, sqlite_path
from storage.inspection import missing_triggers
from storage.migrations import connect
from tests.core.backups import variables
from tests.served import command
from tests.upgrade import kept

EARLIER = [(kept.FIRST, revision) for revision in ("0018", "0021", "0022", "0023")] + [
    (business, business.revision) for business in kept.BUSINESSES
]


def look(settings: DatabaseSettings, folder: Path) -> tuple[dict[str, list[dict[str, Any]]], dict[str, Any]]:
    """Rows and shape of a database."""
    engine = connect(settings, sqlite_path(settings, folder))
    with engine.connect() as connection:
        found = kept.all_rows(connection), kept.shape(connection)
    engine.dispose()
    return found


def unfolded(row: dict[str, Any], columns: set[str]) -> tuple[Any, ...]:
    return tuple(row[name] for name in sorted(columns))


@pytest.mark.promise(29)
@pytest.mark.gen_test(timeout=120)
@pytest.mark.parametrize(("business", "earlier"), EARLIER, ids=[earlier for _, earlier in EARLIER])
async def test_every_row_of_an_earlier_schema_is_there_after_the_upgrade_and_the_books_balance(
    empty: DatabaseSettings,
    new_installation: DatabaseSettings,
    tmp_path: Path,
    business: kept.Business,
    earlier: str,
) -> None:
    kept.load(empty, tmp_path, business)
    whole, _ = look(empty, tmp_path)
    if earlier != business.revision:
        kept.go_back(empty, tmp_path, earlier)
    before, _ = look(empty, tmp_path)
    assert all(before.values()), "no table is empty"
    migrate(empty, tmp_path)
    after, shape = look(empty, tmp_path)
    for table, rows in before.items():
        same = set(rows[0]) & set(after[table][0])
        was = sorted(map(repr, (unfolded(row, same) for row in rows)))
        assert sorted(map(repr, (unfolded(row, same) for row in after[table]))) == was, table
    _, fresh = look(new_installation, tmp_path)
    assert shape == fresh, "columns, indexes and triggers are those of a new installation"
    storage = open_storage(empty, tmp_path)
    await storage.open()
    try:
        current, triggers = await revision.current(storage), await missing_triggers(storage, empty.engine)
        problems = [*await self_check(storage), *await records.problems(storage)]
    finally:
        await storage.close()
    assert (current, triggers) == (revision.newest(), [])
    outside = {row["id"] for row in whole["payment_attempts"] if row["channel"] != "wechat"}
    assert outside
    told = {int(number) for problem in problems for number in re.findall(r"^payment (\d+)", problem)}
    assert told == (outside if earlier < "0023" else set()), (
        "before 0023 nobody could say that money was cash"
    )


def at_revision(settings: DatabaseSettings, folder: Path, number: str) -> None:
    engine = connect(settings, sqlite_path(settings, folder))
    with engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{number}'")
    engine.dispose()


def test_a_database_of_a_newer_version_is_refused_in_words_and_left_as_it_is(
    database_settings: DatabaseSettings, tmp_path: Path
) -> None:
    at_revision(database_settings, tmp_path, "9999")
    before = look(database_settings, tmp_path)
    with pytest.raises(StorageUnavailable, match="schema 9999 is of a newer version"):
        migrate(database_settings, tmp_path)
    (tmp_path / "data").mkdir()
    for arguments in (["migrate"], ["check"], ["serve", "--port", "0"]):
        ended = command(tmp_path / "data", *arguments, settings=variables(database_settings))
        said = ended.stdout + ended.stderr
        assert (ended.returncode, "Traceback" in said) == (1, False), said
        assert "run that version again, or restore a backup of before the upgrade" in said
    assert look(database_settings, tmp_path) == before
    at_revision(database_settings, tmp_path, revision.newest())  # the database is the next test's, too
