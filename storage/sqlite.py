"""The storage on SQLite through aiosqlite: for development and for one small machine.

One connection writes, under a lock that is handed over in order, each transaction beginning with BEGIN IMMEDIATE;
a few connections read, which WAL allows at any time. ``synchronous=FULL`` makes a commit survive a power cut.
"""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import TypeVar, cast

import aiosqlite

from storage.connection import NOTHING, Connection, Parameters, Row
from storage.errors import StorageNotWritable, StorageUnavailable
from storage.interface import Storage, Transaction
from storage.reader import Reader
from storage.sqlite_errors import FAILURES, translated
from storage.sqlite_file import inspecting_uri
from storage.turns import PoolUse, Turns

BUSY_TIMEOUT_MS = 5_000
STEPS_PER_LOOK, MAX_LOOKS = 1_000, 20
"""So many steps of SQLite's machine, 1 to 2 ms, are a short read."""
MAX_KNOWN_AS_LONG = 500
LEAST_FREE_BYTES = 8 << 20
"""With less than this left on the disk, the database counts as full: its log alone grows to some megabytes."""
Answer = TypeVar("Answer")
_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}",
    "PRAGMA cache_size=-16000",
    "PRAGMA temp_store=MEMORY",
)


class _SQLiteConnection(Connection):
    lock = ""
    shared_lock = ""

    def __init__(self, raw: aiosqlite.Connection, timeout: float) -> None:
        self.raw = raw
        self._timeout = timeout
        self._begun, self._ended = 0, 0
        """How much work was given to the thread, and how much it has done: also what nobody waits for any more."""

    def index_hint(self, index: str = "") -> str:
        return f" INDEXED BY {index}" if index else " NOT INDEXED"

    async def certify(self, name: str) -> None:
        """The one writer has locked everything already."""

    async def _run(self, work: Callable[[sqlite3.Connection], Answer]) -> Answer:
        """Run ``work`` in the connection's thread: one way there and back, whatever it does."""

        def in_thread() -> Answer:
            try:
                return work(self.raw._conn)
            finally:
                self._ended += 1

        try:
            async with asyncio.timeout(self._timeout):
                pending = self.raw._execute(in_thread)  # type: ignore[no-untyped-call]
                self._begun += 1
                return cast(Answer, await pending)
        except FAILURES as error:
            raise translated(error) from error

    async def execute(self, sql: str, parameters: Parameters = NOTHING) -> int:
        return await self._run(lambda raw: raw.execute(sql, parameters).rowcount)

    async def insert(self, sql: str, parameters: Parameters) -> int:
        return await self._run(lambda raw: raw.execute(sql, parameters).lastrowid or 0)

    async def fetch_all(self, sql: str, parameters: Parameters = NOTHING) -> Sequence[Row]:
        return await self._run(lambda raw: raw.execute(sql, parameters).fetchall())

    async def fetch_one(self, sql: str, parameters: Parameters = NOTHING) -> Row | None:
        rows = await self.fetch_all(sql, parameters)
        return rows[0] if rows else None


class _ReadingConnection(_SQLiteConnection):
    """Short reads are done on the spot: a switch to the connection's thread takes several times as long as most of
    them do. SQLite counts its steps; a read that turns out to be long, or that meets a lock, begins anew in the thread,
    and is known for it from then on."""

    at_once = True
    _known_as_long: set[str]

    def __init__(self, raw: aiosqlite.Connection, timeout: float) -> None:
        super().__init__(raw, timeout)
        self._looks = 0
        self._known_as_long = set()

    async def fetch_all(self, sql: str, parameters: Parameters = NOTHING) -> Sequence[Row]:
        if self.at_once and self._begun == self._ended and sql not in self._known_as_long:
            rows = self._now(sql, parameters)
            if rows is not None:
                return rows
        return await self._run(lambda raw: _patiently(raw, sql, parameters))

    def _now(self, sql: str, parameters: Parameters) -> list[Row] | None:
        """The rows; None when the read takes longer, or has to wait."""
        try:
            raw = self.raw._conn
            self._looks = 0
            raw.set_progress_handler(self._look, STEPS_PER_LOOK)
            try:
                return raw.execute(sql, parameters).fetchall()
            finally:
                raw.set_progress_handler(None, 0)
        except (sqlite3.Error, ValueError) as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            if code == sqlite3.SQLITE_INTERRUPT:
                if len(self._known_as_long) >= MAX_KNOWN_AS_LONG:
                    self._known_as_long.clear()
                self._known_as_long.add(sql)
                return None
            if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                return None
            raise translated(error) from error

    def _look(self) -> bool:
        """Asked by SQLite every so many steps; True ends the read."""
        self._looks += 1
        return self._looks > MAX_LOOKS


def _patiently(raw: sqlite3.Connection, sql: str, parameters: Parameters) -> list[Row]:
    """Read, and wait for locks, which reading connections do only here."""
    raw.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    try:
        return raw.execute(sql, parameters).fetchall()
    finally:
        raw.execute("PRAGMA busy_timeout=0")


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
            self._writer = await self._connect(_SQLiteConnection)
            for _ in range(self._reader_count):
                reader = await self._connect(_ReadingConnection)
                await reader.execute("PRAGMA query_only=ON")
                await reader.execute("PRAGMA busy_timeout=0")
                self._readers.append(reader)
        except (OSError, sqlite3.Error) as error:
            raise StorageUnavailable(f"{self._path}: {error}") from error

    async def _connect(self, kind: type[_SQLiteConnection]) -> _SQLiteConnection:
        address = inspecting_uri(self._path) if self._inspect else str(self._path)
        raw = await aiosqlite.connect(
            address,
            isolation_level=None,
            cached_statements=512,
            uri=self._inspect,
            check_same_thread=False,  # a reading connection is used by its thread or by the loop's, never by both
        )
        connection = kind(raw, self._timeout)
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
        await self._take(self._writer_turn, "SQLite: no turn to write in time")
        try:
            if self._writer is None:
                raise StorageUnavailable("SQLite: the database is closed")
            yield self._writer
        finally:
            self._writer_turn.release()

    def reading(self) -> AbstractAsyncContextManager[Reader]:
        return _Reading(self)

    async def _take_reader(self) -> _SQLiteConnection:
        """A reading connection for the caller alone. Raises StorageUnavailable."""
        if self._writer is None:
            raise StorageUnavailable("SQLite: the database is closed")
        await self._take(self._reader_turn, "SQLite: no reading connection in time")
        if not self._readers:
            self._reader_turn.release()
            raise StorageUnavailable("SQLite: the database is closed")
        return self._readers.popleft()

    async def _take(self, turns: Turns, or_else: str) -> None:
        """Raises StorageUnavailable when it takes too long."""
        if not turns.locked():
            await turns.acquire()  # at once
            return
        try:
            async with asyncio.timeout(self._timeout):
                await turns.acquire()
        except TimeoutError as error:
            raise StorageUnavailable(or_else) from error

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


class _Reading:
    """A class, since every request of the API begins with it: as a generator it takes several times as long."""

    __slots__ = ("_connection", "_readers", "_storage")
    _connection: _SQLiteConnection
    _readers: deque[_SQLiteConnection]

    def __init__(self, storage: SQLiteStorage) -> None:
        self._storage = storage

    async def __aenter__(self) -> Reader:
        self._connection = await self._storage._take_reader()
        self._readers = (
            self._storage._readers
        )  # those of a storage that was closed meanwhile are not used again
        return Reader(self._connection)

    async def __aexit__(self, *_: object) -> None:
        self._readers.append(self._connection)
        self._storage._reader_turn.release()


async def _roll_back(raw: aiosqlite.Connection) -> None:
    try:
        await raw.rollback()
    except (sqlite3.Error, ValueError):  # closed meanwhile: nothing is left to roll back
        return
