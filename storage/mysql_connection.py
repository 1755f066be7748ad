"""One connection to MySQL or MariaDB: the repositories' statements in the driver's words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from storage.connection import NOTHING, Connection, Parameters, Row
from storage.errors import StorageNotWritable, StorageUnavailable
from storage.mysql_answers import Answer
from storage.mysql_driver import DriverConnection
from storage.mysql_errors import FAILURES, NOT_READY, code_of, translated
from storage.mysql_nodes import Node, Nodes

_NAMED = re.compile(r"(?<!:):([a-z_][a-z0-9_]*)")


@lru_cache(maxsize=1024)
def _placeholders(sql: str) -> str:
    return _NAMED.sub(r"%(\1)s", sql.replace("%", "%%"))


class MySQLConnection(Connection):
    """A connection in use. Its node is left when it is lost."""

    lock = " FOR UPDATE"
    shared_lock = " LOCK IN SHARE MODE"

    def __init__(self, raw: DriverConnection, nodes: Nodes) -> None:
        self.raw = raw
        self._nodes = nodes

    def index_hint(self, index: str = "") -> str:
        return f" FORCE INDEX ({index or 'PRIMARY'})"

    async def _ask(self, sql: str, parameters: Parameters) -> Answer:
        raw = self.raw
        if parameters:
            sql = _placeholders(sql) % {name: raw.escape(value) for name, value in parameters.items()}
        try:
            return await raw.ask(sql, self._nodes.timeout)
        except FAILURES as error:
            meant = translated(error)
            lost = isinstance(meant, StorageUnavailable) and not isinstance(meant, StorageNotWritable)
            if lost or code_of(error) == NOT_READY:
                raw.close()
                self._nodes.leave(Node(raw.host, raw.port))
            raise meant from error
        except BaseException:  # cancelled half-way: the answer is still on its way
            raw.close()
            raise

    async def certify(self, name: str) -> None:
        if self._nodes.are_cluster:
            await self._ask(
                "INSERT INTO cluster_locks (name, turns) VALUES (:name, 1) ON DUPLICATE KEY UPDATE turns = turns + 1",
                {"name": name},
            )

    async def execute(self, sql: str, parameters: Parameters = NOTHING) -> int:
        return (await self._ask(sql, parameters)).count

    async def insert(self, sql: str, parameters: Parameters) -> int:
        return (await self._ask(sql, parameters)).insert_id

    async def fetch_all(self, sql: str, parameters: Parameters = NOTHING) -> Sequence[Row]:
        return (await self._ask(sql, parameters)).rows

    async def fetch_one(self, sql: str, parameters: Parameters = NOTHING) -> Row | None:
        rows = (await self._ask(sql, parameters)).rows
        return rows[0] if rows else None
