"""The storage on MySQL or MariaDB through aiomysql: for production.

A semaphore hands out connections in order of arrival (the pool's own wait loses wake-ups and is unfair), every
use has a deadline (a frozen server never times out by itself), and a connection whose statement was cut short is
closed, because what it will answer next is not known.
"""

from __future__ import annotations

import asyncio
import re
import ssl
import weakref
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import aiomysql
import pymysql.err
from pymysql.constants import CLIENT

from storage.connection import NOTHING, Connection, Parameters, Row
from storage.errors import Contention, Duplicate, StorageError, StorageNotWritable, StorageUnavailable
from storage.interface import Storage, Transaction
from storage.mysql_words import driver_password, why_no_connection
from storage.reader import Reader
from storage.turns import PoolUse, Turns

_DUPLICATE_KEY = 1062
_CONTENTION = {1213, 1205, 1047, 1020}
"""Deadlock, lock wait timeout, Galera's "not ready", MariaDB's "record has changed since last read"."""
_FULL = {3, 1021, 1026, 1114, 1028}
"""Error writing a file (to the disk, or the sort's), disk full, the table (that is, its disk) is full."""
_ENGINE_FAILED = 1030
_NO_SPACE = re.compile(r"\berror 28\b|\bErrcode: 28\b|No space left")
_READ_ONLY = {1036, 1290, 1792, 1836, 4166}
"""The table, the server (``read_only``), the transaction or the engine is read-only."""
_LOST = {
    1040,
    1044,
    1045,
    1049,
    1053,
    1077,
    1078,
    1079,
    1152,
    1153,
    1159,
    1161,
    1927,
    2002,
    2003,
    2006,
    2013,
    2014,
    2055,
}
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


def _translate(error: Exception) -> StorageError:
    code = _code(error)
    if code == _DUPLICATE_KEY:
        return Duplicate(f"MySQL {code}")
    if code in _CONTENTION:
        return Contention(f"MySQL {code}")
    if code in _FULL or (code == _ENGINE_FAILED and _NO_SPACE.search(str(error))):
        return StorageNotWritable(f"MySQL {code}: the disk is full", "full")
    if code in _READ_ONLY:
        return StorageNotWritable(f"MySQL {code}: the database is read-only", "read_only")
    if code in _LOST or isinstance(error, pymysql.err.InterfaceError | OSError | EOFError | RuntimeError):
        # RuntimeError: aiomysql's word for a stream that another coroutine is or was reading
        return StorageUnavailable(f"MySQL {code}: no connection")
    return StorageError(f"MySQL {code}")


def _code(error: Exception) -> Any:
    """MySQL's number, or the name of what came in between."""
    numbered = isinstance(error, pymysql.err.MySQLError) and error.args
    return error.args[0] if numbered else type(error).__name__


class _MySQLConnection(Connection):
    lock = " FOR UPDATE"
    shared_lock = " LOCK IN SHARE MODE"

    def __init__(self, raw: aiomysql.Connection, timeout: float) -> None:
        self.raw = raw
        self._timeout = timeout

    def index_hint(self, index: str = "") -> str:
        return f" FORCE INDEX ({index or 'PRIMARY'})"

    async def _run(self, sql: str, parameters: Parameters) -> Any:
        cursor = await self.raw.cursor()
        try:
            async with asyncio.timeout(self._timeout):
                await cursor.execute(_placeholders(sql) if parameters else sql, parameters or None)
            return cursor
        except (pymysql.err.Error, OSError, EOFError, RuntimeError) as error:
            translated = _translate(error)
            if isinstance(translated, StorageUnavailable) and not isinstance(translated, StorageNotWritable):
                self.raw.close()
            raise translated from error
        except BaseException:  # cancelled half-way: the answer is still on its way
            self.raw.close()
            raise

    async def execute(self, sql: str, parameters: Parameters = NOTHING) -> int:
        return int((await self._run(sql, parameters)).rowcount)

    async def insert(self, sql: str, parameters: Parameters) -> int:
        return int((await self._run(sql, parameters)).lastrowid or 0)

    async def fetch_all(self, sql: str, parameters: Parameters = NOTHING) -> Sequence[Row]:
        cursor = await self._run(sql, parameters)
        return list(await cursor.fetchall())  # already read into memory: aiomysql's plain cursor is buffered

    async def fetch_one(self, sql: str, parameters: Parameters = NOTHING) -> Row | None:
        rows = await self.fetch_all(sql, parameters)
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
        self._pool: Any = None
        self._prepared: weakref.WeakSet[aiomysql.Connection] = weakref.WeakSet()

    async def open(self) -> None:
        try:
            context = ssl.create_default_context(cafile=self._tls_ca) if self._tls_ca else None
        except OSError as error:
            raise StorageUnavailable(f"{self._tls_ca}: {error}") from error
        self._pool = await aiomysql.create_pool(
            minsize=0,
            maxsize=self._size,
            pool_recycle=_RECYCLE_SECONDS,
            autocommit=True,
            charset="utf8mb4",
            client_flag=CLIENT.FOUND_ROWS,  # a row count is what matched, not what differed
            # None: aiomysql would use asyncio.wait_for, which before Python 3.12 may swallow the cancellation by our
            # own deadline, and the handshake with a frozen server would then be waited for without end.
            connect_timeout=None,
            ssl=context,
            **self._address,
        )
        await self._verify()

    async def _verify(self) -> None:
        """Read back what the driver does not promise: encryption, strictness, UTC, isolation."""
        async with self._connection() as connection:
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
        if self._pool is not None:
            self._pool.terminate()
            await self._pool.wait_closed()
            self._pool = None

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[_MySQLConnection]:
        if self._pool is None:
            raise StorageUnavailable("MySQL: the database is closed")
        pool = self._pool
        try:
            async with asyncio.timeout(self._timeout):
                await self._turns.acquire()
        except TimeoutError as error:
            raise StorageUnavailable("MySQL: no connection free in time") from error
        try:
            try:
                async with asyncio.timeout(self._timeout):
                    raw = await pool.acquire()
            except (pymysql.err.Error, OSError, EOFError, RuntimeError) as error:
                raise StorageUnavailable(why_no_connection(_code(error), self._names)) from error
            try:
                connection = _MySQLConnection(raw, self._timeout)
                if raw not in self._prepared:
                    for statement in _SESSION:
                        await connection.execute(statement)
                    self._prepared.add(raw)
                yield connection
            finally:
                await pool.release(raw)
        finally:
            self._turns.release()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        async with self._connection() as connection:
            tx = Transaction(connection)
            try:
                await connection.execute("BEGIN")
                yield tx
            finally:
                if not tx.committed and not connection.raw.closed:
                    await _roll_back(connection)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Reader]:
        async with self._connection() as connection:
            yield Reader(connection)

    def pools(self) -> list[PoolUse]:
        return [self._turns.use()]

    async def durability(self) -> dict[str, str]:
        async with self._connection() as connection:
            names = ", ".join(f"'{name}'" for name in _DURABILITY)
            rows = list(await connection.fetch_all(f"SHOW GLOBAL VARIABLES WHERE Variable_name IN ({names})"))
            rows += await connection.fetch_all("SHOW GLOBAL STATUS LIKE 'Innodb_redo_log_enabled'")
            return {str(name).lower(): str(value) for name, value in rows}


async def _roll_back(connection: _MySQLConnection) -> None:
    try:
        await connection.execute("ROLLBACK")
    except StorageError:
        connection.raw.close()
    except BaseException:
        connection.raw.close()
        raise
