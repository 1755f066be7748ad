"""A migration that is killed half-way leaves nothing that the next one cannot finish."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, inspect, text
from sqlalchemy.exc import DBAPIError

from config import DatabaseSettings
from storage import StorageUnavailable, migrate
from storage.migrations import connect
from storage.migrations.resuming import UNDER_WAY


class PowerCut(BaseException):
    """Nothing may catch it, as nothing catches SIGKILL."""


def cut_after(statements: int, settings: DatabaseSettings) -> int:
    """Migrate until so many statements that change the schema have been run; how many there were."""
    changes = 0

    def count(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        nonlocal changes
        if statement.lstrip().startswith(("CREATE", "ALTER", "INSERT", "UPDATE", "DROP")):
            if changes == statements:
                raise PowerCut
            changes += 1

    event.listen(Engine, "before_cursor_execute", count)
    try:
        migrate(settings)
    except PowerCut:
        pass
    finally:
        event.remove(Engine, "before_cursor_execute", count)
    return changes


def schema(settings: DatabaseSettings) -> dict[str, Any]:
    """Everything that the database has: tables, columns, indexes, triggers, the version."""
    engine = connect(settings, Path(settings.path))
    try:
        with engine.connect() as connection:
            looked = inspect(connection)
            triggers = (
                "SELECT name FROM sqlite_master WHERE type = 'trigger'"
                if settings.engine == "sqlite"
                else "SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = DATABASE()"
            )
            return {
                "version": connection.scalar(text("SELECT version_num FROM alembic_version")),
                "triggers": sorted(row[0] for row in connection.execute(text(triggers))),
                "tables": {
                    table: (
                        sorted(column["name"] for column in looked.get_columns(table)),
                        sorted(str(index["name"]) for index in looked.get_indexes(table)),
                    )
                    for table in looked.get_table_names()
                },
            }
    finally:
        engine.dispose()


@pytest.mark.promise(29)
def test_a_migration_that_was_cut_short_is_run_again(
    empty: DatabaseSettings, engine: str, tmp_path: Path, request: pytest.FixtureRequest, worker: str
) -> None:
    all_of_them = cut_after(1_000_000, empty)
    whole = schema(empty)
    assert whole["triggers"]
    assert UNDER_WAY not in whole["tables"]
    for statements in (2, all_of_them // 2, all_of_them - 1):
        if engine == "sqlite":
            Path(empty.path).unlink()
        else:
            request.getfixturevalue("mariadb").fresh_database(f"empty_{worker}")
        assert cut_after(statements, empty) == statements
        migrate(empty)
        assert schema(empty) == whole, f"cut after {statements} of {all_of_them}"
    changes = cut_after(1_000_000, empty)
    assert changes == 0, "a database at the newest schema was written to"


def test_tables_of_another_program_stop_a_migration(empty: DatabaseSettings) -> None:
    """Only what our own earlier run made is passed over."""
    other = connect(empty, Path(empty.path))
    with other.begin() as connection:
        connection.execute(text("CREATE TABLE orders (id INTEGER PRIMARY KEY)"))
    other.dispose()
    for _ in range(2):  # the second time, too: a refusal is no beginning
        with pytest.raises((StorageUnavailable, DBAPIError)):
            migrate(empty)
