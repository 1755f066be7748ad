"""Migrated, empty databases, quickly: migrating takes a while, so each engine is migrated once a run.

SQLite: the migrated file is copied for each test. MariaDB: the tables are put back to what they held
right after the migration.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from config import DatabaseSettings
from storage import migrate
from tests.mariadb import MariaDB

ENGINES = ("sqlite", "mysql")


class SQLiteTemplate:
    """A migrated file, to be copied."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "template.sqlite3"
        migrate(DatabaseSettings(engine="sqlite", path=str(self._file)))

    def settings(self, folder: Path) -> DatabaseSettings:
        """The settings of a fresh copy in the folder."""
        copy = folder / "hospital.sqlite3"
        shutil.copyfile(self._file, copy)
        return DatabaseSettings(engine="sqlite", path=str(copy))


class MySQLTemplate:
    """A migrated database that is emptied before each use, rows that the migrations wrote excepted."""

    def __init__(self, server: MariaDB, name: str) -> None:
        self._server = server
        self._name = server.fresh_database(name)
        migrate(self._address())
        with server.connect(self._name) as connection, connection.cursor() as cursor:
            cursor.execute("SHOW FULL TABLES WHERE Table_type = 'BASE TABLE'")
            self._tables = [row[0] for row in cursor.fetchall()]
            self._seeds = {table: rows for table in self._tables if (rows := _rows(cursor, table))}
            self._numbers = _next_numbers(cursor)

    def settings(self) -> DatabaseSettings:
        """Put the database back to its first state; returns its settings."""
        with self._server.connect(self._name) as connection, connection.cursor() as cursor:
            cursor.execute("SET FOREIGN_KEY_CHECKS = 0")
            for table in self._used(cursor):
                cursor.execute(f"TRUNCATE TABLE `{table}`")
                for row in self._seeds.get(table, ()):
                    marks = ", ".join(["%s"] * len(row))
                    cursor.execute(f"INSERT INTO `{table}` VALUES ({marks})", row)
        return self._address()

    def _address(self) -> DatabaseSettings:
        return DatabaseSettings(
            engine="mysql",
            host=self._server.host,
            port=self._server.port,
            name=self._name,
            user=self._server.user,
            password=self._server.password,
        )

    def _used(self, cursor: Any) -> list[str]:
        """The tables that hold something else than at first, or that number the next row otherwise: a row that was
        rolled back or removed has had a number, too. One statement finds those with rows."""
        cursor.execute(
            " UNION ALL ".join(
                f"SELECT '{table}' FROM DUAL WHERE EXISTS (SELECT 1 FROM `{table}`)" for table in self._tables
            )
        )
        filled = {row[0] for row in cursor.fetchall()}
        changed = [table for table, rows in self._seeds.items() if _rows(cursor, table) != rows]
        renumbered = {table for table, _ in _next_numbers(cursor) - self._numbers}
        return sorted((filled - self._seeds.keys()) | set(changed) | renumbered)


def _next_numbers(cursor: Any) -> set[tuple[str, int]]:
    cursor.execute(
        "SELECT table_name, auto_increment FROM information_schema.tables "
        "WHERE table_schema = DATABASE() AND auto_increment IS NOT NULL"
    )
    return set(cursor.fetchall())


def _rows(cursor: Any, table: str) -> tuple[tuple[Any, ...], ...]:
    cursor.execute(f"SELECT * FROM `{table}`")
    return tuple(cursor.fetchall())
