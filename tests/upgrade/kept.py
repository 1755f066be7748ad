"""The rows of a business, kept in a file beside the tests: what ``main.py demo --days 8`` had told when its schema was
the newest one. The file is made once and stays as it is, like a customer's database; a later one gets its own name:

    HA_PRIVACY_KEY=$(python -m tests.upgrade.kept key) python main.py --data FOLDER demo --days 8   # end it with Ctrl-C
    python -m tests.upgrade.kept FOLDER/hospital.sqlite3

All people, numbers and the key are made up.
"""

from __future__ import annotations

import gzip
import json
import sqlite3
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic import command
from sqlalchemy import Connection, Integer, MetaData, Table, insert, inspect

from config import ROOT, DatabaseSettings
from storage import sqlite_path
from storage.migrations import alembic_config, connect, upgrade
from tests.upgrade.added import added_rows
from tests.upgrade.added_later import later_rows

PRIVACY_KEY = "16ab" * 16
Rows = dict[str, list[tuple[Any, ...]]]


@dataclass(frozen=True)
class Business:
    """What is kept of one schema."""

    revision: str
    made_at: int
    """The moment after the last of it, UTC ms."""

    @property
    def file(self) -> Path:
        return ROOT / "tests" / "data" / f"business-{self.revision}.json.gz"


FIRST = Business("0024", 1_796_014_900_000)
RELEASED = Business("0032", 1_796_059_908_000)
"""Of version 1.0.0."""
BUSINESSES = (FIRST, RELEASED)


def load(settings: DatabaseSettings, folder: Path, business: Business) -> None:
    """Fill an empty database with a business, at its own schema. No table is left empty."""
    path = sqlite_path(settings, folder)
    upgrade(settings, path, business.revision)
    kept = json.loads(gzip.decompress(business.file.read_bytes()))
    later = later_rows(kept) if business != FIRST else {}
    engine = connect(settings, path)
    tables = MetaData()
    tables.reflect(engine)
    with engine.begin() as connection:
        for table in tables.sorted_tables:
            if table.name == "alembic_version":
                continue
            columns, *rows = kept[table.name]
            given = [dict(zip(columns, row, strict=True)) for row in rows]
            if not given:
                added = later.get(table.name) or added_rows(table.name, kept)
                given = [{**_blank(table), **row} for row in added]
            connection.execute(table.delete())  # what a migration has put in
            connection.execute(insert(table), given)
    engine.dispose()


def _blank(table: Table) -> dict[str, Any]:
    return {
        column.name: None if column.nullable else 0 if isinstance(column.type, Integer) else ""
        for column in table.columns
        if not (column.primary_key and column.name == "id")
    }


def go_back(settings: DatabaseSettings, folder: Path, revision: str) -> None:
    """Make it the database of an earlier schema: what that one had no place for is gone."""
    engine = connect(settings, sqlite_path(settings, folder))
    with engine.connect() as connection:
        command.downgrade(alembic_config(connection), revision)
        connection.commit()
    engine.dispose()


def all_rows(connection: Connection) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, by the names of its columns."""
    tables = MetaData()
    tables.reflect(connection)
    return {
        table.name: [dict(row) for row in connection.execute(table.select()).mappings()]
        for table in tables.sorted_tables
        if table.name not in ("alembic_version", "sqlite_sequence")
    }


def shape(connection: Connection) -> dict[str, Any]:
    """Columns, keys, indexes and triggers, as the engine tells of them, in no order."""
    look = inspect(connection)
    found: dict[str, Any] = {}
    for table in look.get_table_names():
        found[table] = {
            "columns": sorted(str(column) for column in look.get_columns(table)),
            "key": look.get_pk_constraint(table)["constrained_columns"],
            "indexes": sorted(
                (str(index["name"]), tuple(map(str, index["column_names"])), bool(index["unique"]))
                for index in look.get_indexes(table)
            ),
            "unique": sorted(str(unique["column_names"]) for unique in look.get_unique_constraints(table)),
            "foreign": sorted(str(key["constrained_columns"]) for key in look.get_foreign_keys(table)),
        }
    if connection.dialect.name == "sqlite":
        triggers = "SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name"
    else:
        triggers = (
            "SELECT trigger_name, event_object_table, action_statement FROM information_schema.triggers "
            "WHERE trigger_schema = DATABASE() ORDER BY trigger_name"
        )
    found["triggers"] = [tuple(row) for row in connection.exec_driver_sql(triggers)]
    return found


def keep(database: Path) -> Path:
    """Write the file from a database of the newest schema."""
    with closing(sqlite3.connect(database)) as connection:
        names = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        )
        kept: dict[str, Any] = {}
        for (name,) in names.fetchall():
            cursor = connection.execute(f"SELECT * FROM {name}")
            columns = [column[0] for column in cursor.description]
            kept[name] = [columns, *cursor.fetchall()]
        (revision,) = kept["alembic_version"][1]
    file = Business(revision, 0).file
    text = json.dumps(kept, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    file.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    return file


if __name__ == "__main__":
    print(PRIVACY_KEY if sys.argv[1] == "key" else keep(Path(sys.argv[1])))
