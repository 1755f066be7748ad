"""Puts a dump in the place of a MariaDB database's tables, all in one statement, or not at all.

DDL cannot be rolled back there. A database without tables takes the dump as it is, and is emptied if that fails.
Otherwise the dump is loaded into a database beside it; one RENAME TABLE then changes the tables of both.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from config import DatabaseSettings
from startup.backup.mysql_tools import load
from startup.backup.problems import BackupFailed
from storage.inspection import NOT_ENOUGH_RIGHTS, trigger_names, trigger_statement
from storage.migrations import connect

INTO_EMPTY, BESIDE = "into an empty database", "beside"
_BEFORE = "before_"
_ACCESS_DENIED = (1044, 1045, 1142, 1227)


class MySQLSwap:
    """The database that the settings name. Raises BackupFailed, DBAPIError. Blocking."""

    def __init__(self, settings: DatabaseSettings) -> None:
        self._settings = settings
        self.name = settings.name
        self.beside = f"{settings.name}_restore"
        self._engine = connect(settings, Path())

    def close(self) -> None:
        self._engine.dispose()

    def tables(self, database: str = "") -> list[str]:
        rows = self._ask(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = %s AND table_type = 'BASE TABLE' "
            "ORDER BY table_name",
            database or self.name,
        )
        return [str(row[0]) for row in rows]

    def others_connected(self) -> int:
        """Connections of other processes, as far as our user may see them."""
        row = self._ask(
            "SELECT COUNT(*) FROM information_schema.processlist WHERE db = %s AND id <> CONNECTION_ID()",
            self.name,
        )
        return int(row[0][0])

    def load_into_empty(self, dump: Path) -> None:
        try:
            load(self._settings, self.name, dump)
        except BaseException:
            self.empty()
            raise
        self.make_triggers()

    def load_beside(self, dump: Path) -> None:
        """Make the database beside ours. What an earlier restore left there goes."""
        self.drop_beside()
        try:
            self._do(f"CREATE DATABASE {_name(self.beside)} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")
        except DBAPIError as error:
            if _code(error) not in _ACCESS_DENIED:
                raise
            user = f"'{self._settings.user}'@'…'"
            raise BackupFailed(
                f"the user may not make the database {self.beside}, which the backup is loaded into first; as an "
                f"administrator of the database: GRANT ALL ON {_name(self.beside)}.* TO {user}"
            ) from None
        try:
            load(self._settings, self.beside, dump)
        except BaseException:
            self.drop_beside()
            raise

    def exchange(self) -> None:
        """Our tables for those beside; triggers, which would hold them back, are made again either way."""
        old, new = self.tables(), self.tables(self.beside)
        here, there = _name(self.name), _name(self.beside)
        steps = [f"{here}.{_name(table)} TO {there}.{_name(_BEFORE + table)}" for table in old]
        steps += [f"{there}.{_name(table)} TO {here}.{_name(table)}" for table in new]
        try:
            for name in self._triggers():
                self._do(f"DROP TRIGGER {here}.{_name(name)}")
            self._do(f"RENAME TABLE {', '.join(steps)}")
        except DBAPIError:  # also a lost connection, after which only a look can tell
            if not self.was_exchanged():
                self.make_triggers()
                raise
        try:
            self.make_triggers()
        except DBAPIError:
            pass  # the data are there; ``check``, which follows, tells of the triggers

    def was_exchanged(self) -> bool:
        """Did a restore that was cut short get so far?"""
        return any(table.startswith(_BEFORE) for table in self.tables(self.beside))

    def drop_beside(self) -> None:
        if self._ask("SELECT 1 FROM information_schema.schemata WHERE schema_name = %s", self.beside):
            self._do(f"DROP DATABASE {_name(self.beside)}")

    def empty(self) -> None:
        for table in self.tables():
            self._do(f"DROP TABLE {_name(self.name)}.{_name(table)}")

    def make_triggers(self) -> None:
        """Those of the append-only tables that are not there; ``check`` tells if they may not be made."""
        missing, tables = set(trigger_names()) - set(self._triggers()), self.tables()
        for name in sorted(missing):
            if name.partition("_no_")[0] not in tables:
                continue
            try:
                self._do(trigger_statement(name, sqlite=False))
            except DBAPIError as error:
                if _code(error) not in NOT_ENOUGH_RIGHTS:
                    raise

    def _triggers(self) -> list[str]:
        rows = self._ask(
            "SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = %s", self.name
        )
        return [str(row[0]) for row in rows]

    def _ask(self, sql: str, parameter: str) -> list[Any]:
        return self._connection(lambda connection: connection.exec_driver_sql(sql, (parameter,)).fetchall())

    def _do(self, sql: str) -> None:
        self._connection(lambda connection: connection.exec_driver_sql(sql.replace("%", "%%")))

    def _connection(self, work: Callable[[Connection], Any]) -> Any:
        with self._engine.connect() as connection:
            result = work(connection)
            connection.commit()
            return result


def _name(name: str) -> str:
    return f"`{name.replace('`', '``')}`"


def _code(error: DBAPIError) -> int:
    return int(error.orig.args[0]) if error.orig and error.orig.args else 0
