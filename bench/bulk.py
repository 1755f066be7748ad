"""Rows by the million into an empty, migrated database, as fast as each engine takes them.

    with open_bulk(settings) as into:
        into.add("users", (1, "openid", …))

SQLite gets its rows without secondary indexes, which are built afterwards from sorted rows. MariaDB gets one file a
table, loaded by ``LOAD DATA``, which builds the indexes of an empty table the same way. Nothing here is durable
until the block has ended.
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
    """Rows are whole: a value for every column of the table, in the order of ``storage/schema.py``."""

    def __init__(self) -> None:
        self.rows: dict[str, int] = {}

    @abc.abstractmethod
    def add(self, table: str, row: Row) -> None:
        """Add a row; nothing is promised before the end. Text holds no tab, line break or backslash."""

    @abc.abstractmethod
    def finish(self) -> None:
        """Bring everything into the database. Raises RuntimeError when a row got lost."""


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
        self._connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
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

    def add(self, table: str, row: Row) -> None:
        file = self._files.get(table)
        if file is None:
            file = self._files[table] = (self._folder / table).open("w", encoding="utf-8", newline="\n")
            self.rows[table] = 0
        file.write("\t".join(["\\N" if value is None else str(value) for value in row]) + "\n")
        self.rows[table] += 1

    def finish(self) -> None:
        with self._connection.cursor() as cursor:
            cursor.execute("SET unique_checks = 0, foreign_key_checks = 0")
            for table, file in self._files.items():
                file.close()
                columns = ", ".join(f"`{column.name}`" for column in metadata.tables[table].columns)
                loaded = cursor.execute(
                    f"LOAD DATA LOCAL INFILE '{file.name}' INTO TABLE `{table}` CHARACTER SET utf8mb4 ({columns})"
                )
                if loaded != self.rows[table]:
                    raise RuntimeError(f"{table}: {loaded} of {self.rows[table]} rows were taken")
                Path(file.name).unlink()
                cursor.execute(f"ANALYZE TABLE `{table}`")  # as InnoDB soon would by itself


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
