"""The storage on SQLite through aiosqlite: for development and for one small machine.

One connection writes, under a lock that is handed over in order, each transaction beginning with BEGIN IMMEDIATE;
a few connections read, which WAL allows at any time. ``synchronous=FULL`` makes a commit survive a power cut.
"""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import aiosqlite

from storage.connection import NOTHING, Connection, Parameters, Row
from storage.errors import Contention, Duplicate, StorageError, StorageNotWritable, StorageUnavailable
from storage.interface import Storage, Transaction
from storage.reader import Reader
from storage.sqlite_file import inspecting_uri
from storage.turns import PoolUse, Turns

BUSY_TIMEOUT_MS = 5_000
LEAST_FREE_BYTES = 8 << 20
"""With less than this left on the disk, the database counts as full: its log alone grows to some megabytes."""
_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}",
    "PRAGMA cache_size=-16000",
    "PRAGMA temp_store=MEMORY",
)


def _translate(error: Exception) -> StorageError:
    if isinstance(error, sqlite3.IntegrityError):
        unique = error.sqlite_errorcode in (
            sqlite3.SQLITE_CONSTRAINT_UNIQUE,
            sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY,
        )
        return Duplicate(str(error)) if unique else StorageError(str(error))
    if isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode & 0xFF in (
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
    ):
        return Contention(str(error))
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        return StorageNotWritable("SQLite: the disk is full", "full")
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM):
        return StorageNotWritable("SQLite: the database file is read-only", "read_only")
    if isinstance(error, sqlite3.OperationalError | TimeoutError | ValueError):
        # ValueError: aiosqlite's word for a connection that has been closed
        return StorageUnavailable(f"SQLite: {error or 'no answer in time'}")
    return StorageError(f"SQLite: {error}")


class _SQLiteConnection(Connection):
    lock = ""
    shared_lock = ""

    def __init__(self, raw: aiosqlite.Connection, timeout: float) -> None:
        self.raw = raw
        self._timeout = timeout

    def index_hint(self, index: str = "") -> str:
        return f" INDEXED BY {index}" if index else " NOT INDEXED"

    async def execute(self, sql: str, parameters: Parameters = NOTHING) -> int:
        try:
            async with asyncio.timeout(self._timeout), self.raw.execute(sql, parameters) as cursor:
                return cursor.rowcount
        except (sqlite3.Error, TimeoutError, ValueError) as error:
            raise _translate(error) from error

    async def insert(self, sql: str, parameters: Parameters) -> int:
        try:
            async with asyncio.timeout(self._timeout), self.raw.execute(sql, parameters) as cursor:
                return cursor.lastrowid or 0
        except (sqlite3.Error, TimeoutError, ValueError) as error:
            raise _translate(error) from error

    async def fetch_all(self, sql: str, parameters: Parameters = NOTHING) -> Sequence[Row]:
        try:
            async with asyncio.timeout(self._timeout):
                return [tuple(row) for row in await self.raw.execute_fetchall(sql, parameters)]
        except (sqlite3.Error, TimeoutError, ValueError) as error:
            raise _translate(error) from error

    async def fetch_one(self, sql: str, parameters: Parameters = NOTHING) -> Row | None:
        rows = await self.fetch_all(sql, parameters)
        return rows[0] if rows else None


class SQLiteStorage(Storage):
    """``path``: the database file, made when it is missing. ``readers``: reading connections.

    ``inspect``: look at a file that is there, and change nothing: no journal mode, no ``-wal``, no ``-shm``.
    """

    def __init__(
        self, path: Path, readers: int = 4, timeout_seconds: float = 10.0, *, inspect: bool = False
    ) -> None:
        self._path = path
        self._inspect = inspect
        self._reader_count = min(readers, 4)  # one Python process cannot use more at once
        self._timeout = timeout_seconds
        self._writer: _SQLiteConnection | None = None
        self._writer_turn = Turns("writer", 1)
        self._all: list[_SQLiteConnection] = []
        self._reader_turn = Turns("readers", self._reader_count)
        self._readers: deque[_SQLiteConnection] = deque()

    async def open(self) -> None:
        if self._inspect and not self._path.is_file():
            raise StorageUnavailable(f"{self._path}: there is no such database")
        try:
            if not self._inspect:
                self._path.parent.mkdir(parents=True, exist_ok=True)
            self._writer = await self._connect()
            for _ in range(self._reader_count):
                reader = await self._connect()
                await reader.execute("PRAGMA query_only=ON")
                self._readers.append(reader)
        except (OSError, sqlite3.Error) as error:
            raise StorageUnavailable(f"{self._path}: {error}") from error

    async def _connect(self) -> _SQLiteConnection:
        address = inspecting_uri(self._path) if self._inspect else str(self._path)
        raw = await aiosqlite.connect(address, isolation_level=None, cached_statements=512, uri=self._inspect)
        connection = _SQLiteConnection(raw, self._timeout)
        self._all.append(connection)
        for pragma in _PRAGMAS[self._inspect :]:
            await connection.fetch_all(pragma)
        return connection

    async def close(self) -> None:
        async with self._writer_turn:
            for connection in self._all:
                await connection.raw.close()
            self._all.clear()
            self._writer = None
            self._readers = deque()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        async with self._turn_to_write() as connection:
            tx = Transaction(connection)
            try:
                await connection.execute("BEGIN IMMEDIATE")
                yield tx
            finally:
                if not tx.committed:
                    # Also after a cancelled BEGIN or COMMIT: the connection's thread works in order, so that
                    # by the time this runs the statement before it has ended one way or the other.
                    await asyncio.shield(asyncio.ensure_future(_roll_back(connection.raw)))

    @asynccontextmanager
    async def _turn_to_write(self) -> AsyncIterator[_SQLiteConnection]:
        try:
            async with asyncio.timeout(self._timeout):
                await self._writer_turn.acquire()
        except TimeoutError as error:
            raise StorageUnavailable("SQLite: no turn to write in time") from error
        try:
            if self._writer is None:
                raise StorageUnavailable("SQLite: the database is closed")
            yield self._writer
        finally:
            self._writer_turn.release()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Reader]:
        if self._writer is None:
            raise StorageUnavailable("SQLite: the database is closed")
        try:
            async with asyncio.timeout(self._timeout):
                await self._reader_turn.acquire()
        except TimeoutError as error:
            raise StorageUnavailable("SQLite: no reading connection in time") from error
        try:
            if not (readers := self._readers):
                raise StorageUnavailable("SQLite: the database is closed")
            connection = readers.popleft()
            try:
                yield Reader(connection)
            finally:
                readers.append(connection)
        finally:
            self._reader_turn.release()

    def pools(self) -> list[PoolUse]:
        return [self._writer_turn.use(), self._reader_turn.use()]

    async def beat(self, at: int) -> None:
        """As every storage; a write that finds room in the log says nothing of the next one, so the disk is asked."""
        await super().beat(at)
        left = await asyncio.to_thread(shutil.disk_usage, self._path.parent)
        if left.free < LEAST_FREE_BYTES:
            raise StorageNotWritable("SQLite: the disk is full", "full")

    async def durability(self) -> dict[str, str]:
        async with self._turn_to_write() as connection:
            found = {}
            names = ("journal_mode", "synchronous", "foreign_keys")
            for name in names[self._inspect :]:  # the journal mode is set when the database is really opened
                row = await connection.fetch_one(f"PRAGMA {name}")
                found[name] = str(row[0]) if row else ""
            return found


async def _roll_back(raw: aiosqlite.Connection) -> None:
    try:
        await raw.rollback()
    except (sqlite3.Error, ValueError):  # closed meanwhile: nothing is left to roll back
        return
