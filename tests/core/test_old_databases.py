"""A database of any released version becomes one of today, with all that is in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Integer, MetaData, insert, select

from config import DatabaseSettings
from storage import migrate, sqlite_path
from storage.migrations import connect, upgrade
from storage.revision import VERSIONS, newest
from storage.schema import metadata

RELEASED = sorted(file.stem.partition("_")[0] for file in VERSIONS.glob("[0-9]*.py"))


def fill(connection: Connection) -> dict[str, dict[str, Any]]:
    """A row in each table that has none, made up from its columns' types; the rows by table."""
    tables = MetaData()
    tables.reflect(connection)
    for table in tables.sorted_tables:
        if table.name != "alembic_version" and connection.execute(select(table)).first() is None:
            row = {column.name: 7 if isinstance(column.type, Integer) else "x" for column in table.columns}
            connection.execute(insert(table).values(row))
    return rows(connection, tables)


def rows(connection: Connection, tables: MetaData) -> dict[str, dict[str, Any]]:
    return {
        table.name: dict(connection.execute(select(table)).mappings().one())
        for table in tables.sorted_tables
        if table.name != "alembic_version"
    }


@pytest.mark.promise(29)
@pytest.mark.parametrize("released", RELEASED)
def test_every_released_schema_is_brought_up_to_date_and_keeps_its_rows(
    empty: DatabaseSettings, tmp_path: Path, released: str
) -> None:
    path = sqlite_path(empty, tmp_path)
    upgrade(empty, path, released)
    engine = connect(empty, path)
    with engine.begin() as connection:
        assert MigrationContext.configure(connection).get_current_revision() == released
        before = fill(connection)
    migrate(empty, tmp_path)
    with engine.begin() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert context.get_current_revision() == newest()
        assert compare_metadata(context, metadata) == []
        today = MetaData()
        today.reflect(connection)
        after = rows(connection, today)
    engine.dispose()
    for table, row in before.items():
        assert row.items() <= after[table].items(), table
