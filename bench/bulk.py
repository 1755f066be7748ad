"""Rows by the million into an empty, migrated database, as fast as each engine takes them.

    with open_bulk(settings) as into:
        into.add("users", (1, "openid", …))

The tables get their rows without secondary indexes, which are built afterwards from sorted rows; MariaDB's come from
one file a table, by ``LOAD DATA``. Nothing here is durable until the block has ended.
"""

from __future__ import annotations

import abc
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pymysql

from config import DatabaseSettings
from storage.schema import metadata

ROWS_AT_ONCE = 5_000
Row = tuple[Any, ...]


class Bulk(abc.ABC):
    """Rows have the columns of ``storage/schema.py`` in its order; nullable ones at the end may be left out."""

    def __init__(self) -> None:
        self.rows: dict[str, int] = {}

    @abc.abstractmethod
    def add(self, table: str, row: Row) -> None:
        """Add a row; nothing is promised before the end. Text holds no tab, line break or backslash."""

    @abc.abstractmethod
    def finish(self) -> None:
        """Bring everything into the database. Raises RuntimeError when a row got lost."""


def _columns(table: str, width: int) -> str:
    """The first columns of a table."""
    return ", ".join(f"`{column.name}`" for column in list(metadata.tables[table].columns)[:width])


def named(table: str, **values: Any) -> Row:
    """A row of these values; of the other columns those that may be NULL are, and the others are 0 or empty."""
    columns = metadata.tables[table].columns
    assert values.keys() <= set(columns.keys())
    return tuple(
        values.get(column.name, None if column.nullable else 0 if column.type.python_type is int else "")
        for column in columns
    )


@contextmanager
def open_bulk(settings: DatabaseSettings) -> Iterator[Bulk]:
    """Something to add rows with; they are in the database when the block ends."""
    with _sqlite(settings) if settings.engine == "sqlite" else _mysql(settings) as into:
        yield into
        into.finish()


# ---------------------------------------------------------------- SQLite


class _SQLite(Bulk):
    def __init__(self, connection: sqlite3.Connection) -> None:
        super().__init__()
        self._connection = connection
        self._waiting: dict[str, list[Row]] = {}
        self._indexes = [
            row[0]
            for row in connection.execute(
                "SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
            )
        ]
        for (name,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        ).fetchall():
            connection.execute(f"DROP INDEX {name}")

    def add(self, table: str, row: Row) -> None:
        waiting = self._waiting.setdefault(table, [])
        waiting.append(row)
        if len(waiting) >= ROWS_AT_ONCE:
            self._write(table)

    def _write(self, table: str) -> None:
        rows = self._waiting.pop(table)
        marks = ", ".join("?" * len(rows[0]))
        self._connection.executemany(
            f"INSERT INTO {table} ({_columns(table, len(rows[0]))}) VALUES ({marks})", rows
        )
        self.rows[table] = self.rows.get(table, 0) + len(rows)

    def finish(self) -> None:
        for table in list(self._waiting):
            self._write(table)
        for sql in self._indexes:
            self._connection.execute(sql)
        self._connection.execute("COMMIT")


@contextmanager
def _sqlite(settings: DatabaseSettings) -> Iterator[Bulk]:
    connection = sqlite3.connect(settings.path, isolation_level=None)
    try:
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-200000", "temp_store=MEMORY"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("BEGIN")
        yield _SQLite(connection)
        connection.execute("PRAGMA journal_mode=WAL")
    finally:
        connection.close()


# ---------------------------------------------------------------- MariaDB


class _MySQL(Bulk):
    def __init__(self, connection: pymysql.Connection, folder: Path) -> None:
        super().__init__()
        self._connection = connection
        self._folder = folder
        self._files: dict[str, IO[str]] = {}
        self._widths: dict[str, int] = {}

    def add(self, table: str, row: Row) -> None:
        file = self._files.get(table)
        if file is None:
            file = self._files[table] = (self._folder / table).open("w", encoding="utf-8", newline="\n")
            self.rows[table], self._widths[table] = 0, len(row)
        file.write("\t".join(["\\N" if value is None else str(value) for value in row]) + "\n")
        self.rows[table] += 1

    def finish(self) -> None:
        with self._connection.cursor() as cursor:
            cursor.execute("SET unique_checks = 0, foreign_key_checks = 0")
            for table, file in self._files.items():
                file.close()
                indexes = _indexes(cursor, table)
                if indexes:
                    cursor.execute(
                        f"ALTER TABLE `{table}` " + ", ".join(f"DROP INDEX `{name}`" for name in indexes)
                    )
                columns = _columns(table, self._widths[table])
                loaded = cursor.execute(
                    f"LOAD DATA LOCAL INFILE '{file.name}' INTO TABLE `{table}` CHARACTER SET utf8mb4 ({columns})"
                )
                if loaded != self.rows[table]:
                    raise RuntimeError(f"{table}: {loaded} of {self.rows[table]} rows were taken")
                Path(file.name).unlink()
                if indexes:
                    cursor.execute(
                        f"ALTER TABLE `{table}` " + ", ".join(f"ADD {what}" for what in indexes.values())
                    )
                cursor.execute(f"ANALYZE TABLE `{table}`")  # as InnoDB soon would by itself


def _indexes(cursor: Any, table: str) -> dict[str, str]:
    """The secondary indexes of a table: name, and what makes it again."""
    cursor.execute(
        "SELECT index_name, MIN(non_unique), GROUP_CONCAT(CONCAT('`', column_name, '`') ORDER BY seq_in_index) "
        "FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = %s "
        "AND index_name <> 'PRIMARY' GROUP BY index_name",
        (table,),
    )
    return {
        name: f"{'INDEX' if plain else 'UNIQUE INDEX'} `{name}` ({columns})"
        for name, plain, columns in cursor.fetchall()
    }


@contextmanager
def _mysql(settings: DatabaseSettings) -> Iterator[Bulk]:
    folder = Path(tempfile.mkdtemp(prefix="bulk-"))
    try:
        connection = pymysql.connect(
            host=settings.host,
            port=settings.port,
            user=settings.user,
            password=settings.password,
            database=settings.name,
            charset="utf8mb4",
            autocommit=True,
            local_infile=True,
        )
        try:
            yield _MySQL(connection, folder)
        finally:
            connection.close()
    finally:
        shutil.rmtree(folder)
