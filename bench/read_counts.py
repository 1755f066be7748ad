"""How much a database has read: rows (MariaDB) or steps (SQLite). Neither depends on what else the machine does."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import pymysql

from bench.counted_server import WIDTH
from tests.mariadb import MariaDB


class ReadCount(Protocol):
    unit: str

    def total(self) -> int:
        """What was read so far. Between two calls, what is counted is what was done between them."""


class SQLiteSteps:
    """The steps of the machine of SQLite in a server that ``bench.counted_server`` has started."""

    unit = "steps"

    def __init__(self, file: Path) -> None:
        self._file = file

    def total(self) -> int:
        return int.from_bytes(self._file.read_bytes()[:WIDTH], "big")


class MariaDBRows:
    """The rows that all of a server's connections have asked for, with those that an index has left out at once."""

    unit = "rows"

    def __init__(self, server: MariaDB) -> None:
        self._connection = pymysql.connect(
            host=server.host, port=server.port, user=server.user, password=server.password, autocommit=True
        )
        self._asked, self._of_asking = 0, 0
        first = self._sum()
        self._of_asking = self._sum() - first

    def total(self) -> int:
        self._asked += 1
        return self._sum() - self._asked * self._of_asking

    def _sum(self) -> int:
        """``Handler_read…`` counts what an engine hands over; what an index condition has refused it does not."""
        with self._connection.cursor() as cursor:
            cursor.execute(
                "SHOW GLOBAL STATUS WHERE Variable_name LIKE 'Handler\\_read%' OR Variable_name LIKE 'Handler\\_icp%'"
            )
            found = {str(name).lower(): int(value) for name, value in cursor.fetchall()}
        refused = found.get("handler_icp_attempts", 0) - found.get("handler_icp_match", 0)
        return sum(value for name, value in found.items() if name.startswith("handler_read")) + refused

    def close(self) -> None:
        self._connection.close()
