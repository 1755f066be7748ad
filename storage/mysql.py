"""The storage on MySQL or MariaDB through aiomysql: for production.

A semaphore hands out connections in order of arrival (the pool's own wait loses wake-ups and is unfair), every
use has a deadline (a frozen server never times out by itself), and a connection whose statement was cut short is
closed, because what it will answer next is not known.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pymysql.constants import CLIENT

from storage.connection import NOTHING, Connection, Parameters, Row
from storage.errors import StorageError, StorageNotWritable, StorageUnavailable
from storage.interface import Storage, Transaction
from storage.mysql_driver import Answer, DriverConnection
from storage.mysql_errors import FAILURES, code_of, translated
from storage.mysql_words import driver_password, why_no_connection
from storage.reader import Reader
from storage.turns import PoolUse, Turns

_RECYCLE_SECONDS = 600
_SESSION = (
    "SET NAMES utf8mb4 COLLATE utf8mb4_bin",
    "SET time_zone = '+00:00', sql_mode = 'TRADITIONAL,NO_ENGINE_SUBSTITUTION,ONLY_FULL_GROUP_BY'",
    "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
)
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
)
_NAMED = re.compile(r"(?<!:):([a-z_][a-z0-9_]*)")


@lru_cache(maxsize=1024)
def _placeholders(sql: str) -> str:
    return _NAMED.sub(r"%(\1)s", sql.replace("%", "%%"))


class _MySQLConnection(Connection):
    lock = " FOR UPDATE"
    shared_lock = " LOCK IN SHARE MODE"

    def __init__(self, raw: DriverConnection, timeout: float) -> None:
        self.raw = raw
        self._timeout = timeout

    def index_hint(self, index: str = "") -> str:
        return f" FORCE INDEX ({index or 'PRIMARY'})"

    async def _ask(self, sql: str, parameters: Parameters) -> Answer:
        raw = self.raw
        if parameters:
            sql = _placeholders(sql) % {name: raw.escape(value) for name, value in parameters.items()}
        try:
            return await raw.ask(sql, self._timeout)
        except FAILURES as error:
            meant = translated(error)
            if isinstance(meant, StorageUnavailable) and not isinstance(meant, StorageNotWritable):
                raw.close()
            raise meant from error
        except BaseException:  # cancelled half-way: the answer is still on its way
            raw.close()
            raise

    async def execute(self, sql: str, parameters: Parameters = NOTHING) -> int:
        return (await self._ask(sql, parameters)).count

    async def insert(self, sql: str, parameters: Parameters) -> int:
        return (await self._ask(sql, parameters)).insert_id

    async def fetch_all(self, sql: str, parameters: Parameters = NOTHING) -> Sequence[Row]:
        return (await self._ask(sql, parameters)).rows

    async def fetch_one(self, sql: str, parameters: Parameters = NOTHING) -> Row | None:
        rows = (await self._ask(sql, parameters)).rows
        return rows[0] if rows else None


@dataclass(frozen=True)
class _Names:
    """Of the connection, as far as a log may tell."""

    host: str
    port: int
    name: str
    user: str


class MySQLStorage(Storage):
    """``tls_ca``: a CA file; when given, a connection that is not encrypted and verified is refused."""

    def __init__(
        self,
        host: str,
        port: int,
        name: str,
        user: str,
        password: str,
        *,
        tls_ca: str = "",
        pool_size: int = 10,
        timeout_seconds: float = 10.0,
    ) -> None:
        self._address: dict[str, Any] = {
            "host": host,
            "port": port,
            "db": name,
            "user": user,
            "password": driver_password(password),
        }
        self._names = _Names(host, port, name, user)
        self._tls_ca = tls_ca
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
        except OSError as error:
            raise StorageUnavailable(f"{self._tls_ca}: {error}") from error
        self._options = {
            **self._address,
            "autocommit": True,
            "charset": "utf8mb4",
            "client_flag": CLIENT.FOUND_ROWS,  # a row count is what matched, not what differed
            # None: aiomysql would use asyncio.wait_for, which before Python 3.12 may swallow the cancellation by our
            # own deadline, and the handshake with a frozen server would then be waited for without end.
            "connect_timeout": None,
            "ssl": context,
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

    async def _take(self) -> _MySQLConnection:
        """A connection for the caller alone, when its turn has come. Raises StorageUnavailable."""
        turns = self._turns
        if turns.locked():
            try:
                async with asyncio.timeout(self._timeout):
                    await turns.acquire()
            except TimeoutError as error:
                raise StorageUnavailable("MySQL: no connection free in time") from error
        else:
            await turns.acquire()  # at once
        try:
            raw = self._idle_one() or await self._new_one()
        except BaseException:
            turns.release()
            raise
        self._used.add(raw)
        return _MySQLConnection(raw, self._timeout)

    def _idle_one(self) -> DriverConnection | None:
        while self._idle:
            raw = self._idle.pop()
            if raw.is_usable and raw.loop.time() - raw.used_at < _RECYCLE_SECONDS:
                return raw
            raw.close()
        return None

    async def _new_one(self) -> DriverConnection:
        if self._options is None:
            raise StorageUnavailable("MySQL: the database is closed")
        raw = DriverConnection(**self._options)
        try:
            async with asyncio.timeout(self._timeout):
                await raw.open()
        except FAILURES as error:
            raise StorageUnavailable(why_no_connection(code_of(error), self._names)) from error
        connection = _MySQLConnection(raw, self._timeout)
        try:
            for statement in _SESSION:
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
        self._turns.release()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        connection = await self._take()
        try:
            tx = Transaction(connection)
            try:
                await connection.execute("BEGIN")
                yield tx
            finally:
                if not tx.committed and not connection.raw.closed:
                    await _roll_back(connection)
        finally:
            self._give_back(connection.raw)

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


class _Reading:
    """A class, since every request of the API begins with it: as a generator it takes several times as long."""

    __slots__ = ("_connection", "_storage")
    _connection: _MySQLConnection

    def __init__(self, storage: MySQLStorage) -> None:
        self._storage = storage

    async def __aenter__(self) -> Reader:
        self._connection = await self._storage._take()
        return Reader(self._connection)

    async def __aexit__(self, *_: object) -> None:
        self._storage._give_back(self._connection.raw)


async def _roll_back(connection: _MySQLConnection) -> None:
    try:
        await connection.execute("ROLLBACK")
    except StorageError:
        connection.raw.close()
    except BaseException:
        connection.raw.close()
        raise
