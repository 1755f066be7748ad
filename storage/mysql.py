"""The storage on MySQL or MariaDB through aiomysql: for production.

A semaphore hands out connections in order of arrival (the pool's own wait loses wake-ups and is unfair), every
use has a deadline (a frozen server never times out by itself), and a connection whose statement was cut short is
closed, because what it will answer next is not known.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

from pymysql.constants import CLIENT

from storage.errors import StorageError, StorageUnavailable
from storage.interface import Storage, Transaction
from storage.mysql_connection import ROLL_BACK, MySQLConnection
from storage.mysql_driver import DriverConnection
from storage.mysql_errors import FAILURES, code_of
from storage.mysql_login import read_server_key
from storage.mysql_nodes import Node, Nodes, read_nodes
from storage.mysql_words import Where, driver_password, why_no_connection
from storage.reader import Reader
from storage.turns import PoolUse, Turns

_RECYCLE_SECONDS = 600
ATTEMPTS_ON_CLUSTER = 20
"""Where twenty want the same row, those of the other nodes lose to each commit, instead of waiting for it."""
_SESSION = (
    "SET NAMES utf8mb4 COLLATE utf8mb4_bin",
    "SET time_zone = '+00:00', sql_mode = 'TRADITIONAL,NO_ENGINE_SUBSTITUTION,ONLY_FULL_GROUP_BY'",
    "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
)
_SESSION_OF_CLUSTER = ("SET SESSION wsrep_sync_wait = 1",)
"""What another node has committed is seen by the next SELECT and by a transaction that begins."""
_DURABILITY = (
    "binlog_format",
    "innodb_doublewrite",
    "innodb_flush_log_at_trx_commit",
    "innodb_flush_method",
    "innodb_force_recovery",
    "innodb_read_only",
    "innodb_support_xa",
    "log_bin",
    "read_only",
    "sync_binlog",
    "version",
    "wsrep_on",
)


class MySQLStorage(Storage):
    """``tls_ca``: a CA file; when given, a connection that is not encrypted and verified is refused.
    ``server_key_file``: the server's own key, for logins without TLS (``mysql_login``). ``other_hosts``:
    further nodes of a Galera cluster. ``cluster``: it is one, so locks are certified and reads wait for other nodes."""

    def __init__(
        self,
        host: str,
        port: int,
        name: str,
        user: str,
        password: str,
        *,
        tls_ca: str = "",
        server_key_file: str = "",
        pool_size: int = 10,
        timeout_seconds: float = 10.0,
        other_hosts: Sequence[str] = (),
        cluster: bool = False,
    ) -> None:
        self._address: dict[str, Any] = {
            "host": host,
            "port": port,
            "db": name,
            "user": user,
            "password": driver_password(password),
        }
        self._nodes = Nodes(read_nodes(host, port, other_hosts), timeout_seconds, are_cluster=cluster)
        self.other_servers = len(self._nodes) - 1
        if cluster:
            self.attempts_at_contention = ATTEMPTS_ON_CLUSTER
        self._tls_ca = tls_ca
        self._server_key_file = server_key_file
        self._size = pool_size
        self._timeout = timeout_seconds
        self._turns = Turns("connections", pool_size)
        self._options: dict[str, Any] | None = None
        """What a connection is made with; None while the storage is closed."""
        self._idle: list[DriverConnection] = []
        """Those that are open and not in use, the one used last at the end."""
        self._used: set[DriverConnection] = set()

    async def open(self) -> None:
        try:
            context = ssl.create_default_context(cafile=self._tls_ca) if self._tls_ca else None
            key = read_server_key(self._server_key_file)
        except OSError as error:
            raise StorageUnavailable(
                f"{error.filename or self._tls_ca or self._server_key_file}: {error}"
            ) from error
        self._options = {
            **self._address,
            "autocommit": True,
            "charset": "utf8mb4",
            "client_flag": CLIENT.FOUND_ROWS,  # a row count is what matched, not what differed
            # None: aiomysql would use asyncio.wait_for, which before Python 3.12 may swallow the cancellation by our
            # own deadline, and the handshake with a frozen server would then be waited for without end.
            "connect_timeout": None,
            "ssl": context,
            "server_public_key": key,
        }
        await self._verify()

    async def _verify(self) -> None:
        """Read back what the driver does not promise: encryption, strictness, UTC, isolation."""
        async with self.reading() as reader:
            connection = reader.connection
            row = await connection.fetch_one(
                "SELECT @@session.sql_mode, @@session.time_zone, @@session.collation_connection"
            )
            mode, zone, collation = row or ("", "", "")
            if "STRICT_TRANS_TABLES" not in mode or zone != "+00:00" or not collation.startswith("utf8mb4"):
                raise StorageUnavailable(
                    "MySQL: strict mode, UTC or utf8mb4 could not be set on the connection"
                )
            cipher = await connection.fetch_one("SHOW SESSION STATUS LIKE 'Ssl_cipher'")
            if self._tls_ca and not (cipher and cipher[1]):
                raise StorageUnavailable("MySQL: tls_ca is set, but the connection is not encrypted")

    async def close(self) -> None:
        self._options = None
        for raw in (*self._idle, *self._used):
            raw.close()
        self._idle.clear()

    async def _take(self) -> MySQLConnection:
        """A connection for the caller alone, when its turn has come. Raises StorageUnavailable."""
        try:
            await self._turns.take(self._timeout)
        except TimeoutError as error:
            raise StorageUnavailable("MySQL: no connection free in time") from error
        try:
            raw = self._idle_one() or await self._new_one()
        except BaseException:
            self._turns.give_back()
            raise
        self._used.add(raw)
        return MySQLConnection(raw, self._nodes)

    def _idle_one(self) -> DriverConnection | None:
        while self._idle:
            raw = self._idle.pop()
            fresh = raw.loop.time() - raw.used_at < _RECYCLE_SECONDS
            if raw.is_usable and fresh and (raw.host, raw.port) == self._nodes.current:
                return raw
            raw.close()
        return None

    async def _new_one(self) -> DriverConnection:
        """From the first node, beginning with the one in use, that gives one."""
        for left in range(self.other_servers, -1, -1):
            node = self._nodes.current
            try:
                return await self._connected_to(node)
            except StorageUnavailable:
                self._nodes.leave(node)
                if not left:
                    raise
        raise AssertionError("unreachable")

    async def _connected_to(self, node: Node) -> DriverConnection:
        if self._options is None:
            raise StorageUnavailable("MySQL: the database is closed")
        raw = DriverConnection(**{**self._options, **node._asdict()})
        try:
            async with asyncio.timeout(self._nodes.connect_seconds):
                await raw.open()
        except FAILURES as error:
            where = Where(*node, self._address["db"], self._address["user"])
            raise StorageUnavailable(why_no_connection(code_of(error), where)) from error
        connection = MySQLConnection(raw, self._nodes)
        try:
            for statement in (*_SESSION, *(_SESSION_OF_CLUSTER if self._nodes.are_cluster else ())):
                await connection.execute(statement)
        except BaseException:
            raw.close()
            raise
        return raw

    def _give_back(self, raw: DriverConnection) -> None:
        """What is in the middle of something is of no use to the next one."""
        self._used.discard(raw)
        if self._options is None or not raw.is_usable or raw.is_in_transaction:
            raw.close()
        else:
            raw.used_at = raw.loop.time()
            self._idle.append(raw)
        self._turns.give_back()

    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        return _InTransaction(self)

    def reading(self) -> AbstractAsyncContextManager[Reader]:
        return _Reading(self)

    def pools(self) -> list[PoolUse]:
        return [self._turns.use()]

    async def durability(self) -> dict[str, str]:
        async with self.reading() as reader:
            connection = reader.connection
            names = ", ".join(f"'{name}'" for name in _DURABILITY)
            rows = list(await connection.fetch_all(f"SHOW GLOBAL VARIABLES WHERE Variable_name IN ({names})"))
            rows += await connection.fetch_all("SHOW GLOBAL STATUS LIKE 'Innodb_redo_log_enabled'")
            return {str(name).lower(): str(value) for name, value in rows}


class _InTransaction:
    """A class, as ``_Reading`` is: as a generator it takes several times as long."""

    __slots__ = ("_connection", "_storage", "_tx")
    _connection: MySQLConnection
    _tx: Transaction

    def __init__(self, storage: MySQLStorage) -> None:
        self._storage = storage

    async def __aenter__(self) -> Transaction:
        self._connection = connection = await self._storage._take()
        connection.begin()
        self._tx = Transaction(connection)
        return self._tx

    async def __aexit__(self, *_: object) -> None:
        connection = self._connection
        self._tx.end()
        try:
            if connection.has_begun and not self._tx.committed and not connection.raw.closed:
                await _roll_back(connection)
        finally:
            self._storage._give_back(connection.raw)


class _Reading:
    """Every request of the API begins with it."""

    __slots__ = ("_connection", "_storage")
    _connection: MySQLConnection

    def __init__(self, storage: MySQLStorage) -> None:
        self._storage = storage

    async def __aenter__(self) -> Reader:
        self._connection = await self._storage._take()
        return Reader(self._connection)

    async def __aexit__(self, *_: object) -> None:
        self._storage._give_back(self._connection.raw)


async def _roll_back(connection: MySQLConnection) -> None:
    try:
        await connection.execute(ROLL_BACK)
    except StorageError:
        connection.raw.close()
    except BaseException:
        connection.raw.close()
        raise
