"""The storage on SQLite through aiosqlite: for development and for one small machine.

One connection writes, under a lock that is handed over in order, each transaction beginning with BEGIN IMMEDIATE;
a few connections read, which WAL allows at any time. ``synchronous=FULL`` makes a commit survive a power cut.
"""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections import deque
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import TypeVar

import aiosqlite

from storage.errors import StorageNotWritable, StorageUnavailable
from storage.interface import Storage, Transaction
from storage.reader import Reader
from storage.sqlite_connection import (
    BUSY_TIMEOUT_MS,
    ReadingConnection,
    SQLiteConnection,
    WritingConnection,
)
from storage.sqlite_file import inspecting_uri
from storage.turns import PoolUse, Turns

C = TypeVar("C", bound=SQLiteConnection)
LEAST_FREE_BYTES = 8 << 20
"""With less than this left on the disk, the database counts as full: its log alone grows to some megabytes."""
_CLOSED = "SQLite: the database is closed"
_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}",
    "PRAGMA cache_size=-16000",
    "PRAGMA temp_store=MEMORY",
)


class SQLiteStorage(Storage):
    """``path``: the database file, made when it is missing. ``readers``: so many reading connections at most.

    ``inspect``: look at a file that is there, and change nothing: no journal mode, no ``-wal``, no ``-shm``.
    """

    def __init__(
        self, path: Path, readers: int = 4, timeout_seconds: float = 10.0, *, inspect: bool = False
    ) -> None:
        self._path = path
        self._inspect = inspect
        self._timeout = timeout_seconds
        self._writer: WritingConnection | None = None
        self._writer_turn = Turns("writer", 1)
        self._all: list[SQLiteConnection] = []
        self._reader_turn = Turns("readers", min(readers, 4))  # one Python process cannot use more at once
        self._readers: deque[SQLiteConnection] = deque()

    async def open(self) -> None:
        if self._inspect and not self._path.is_file():
            raise StorageUnavailable(f"{self._path}: there is no such database")
        try:
            if not self._inspect:
                self._path.parent.mkdir(parents=True, exist_ok=True)
            self._writer = await self._connect(WritingConnection)
        except (OSError, sqlite3.Error) as error:
            raise StorageUnavailable(f"{self._path}: {error}") from error
        await self._add_reader()

    async def _add_reader(self) -> None:
        """One more, when all are in use: each keeps the schema and pages for itself. Raises StorageUnavailable."""
        try:
            reader = await self._connect(ReadingConnection, "PRAGMA query_only=ON", "PRAGMA busy_timeout=0")
        except (OSError, sqlite3.Error) as error:
            raise StorageUnavailable(f"{self._path}: {error}") from error
        if self._writer is None:  # closed meanwhile
            await self._end(reader)
            raise StorageUnavailable(_CLOSED)
        self._readers.append(reader)

    async def _connect(self, kind: type[C], *more_pragmas: str) -> C:
        """One that could not be made ready is not kept: it has a thread and files, and the next caller tries again."""
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
        try:
            for pragma in (*_PRAGMAS[self._inspect :], *more_pragmas):
                await connection.fetch_all(pragma)
        except BaseException:
            await self._end(connection)
            raise
        return connection

    async def _end(self, connection: SQLiteConnection) -> None:
        """Closed once: aiosqlite would wait without end for the thread of one that is closed twice at a time."""
        if connection in self._all:
            self._all.remove(connection)
            await connection.raw.close()

    async def close(self) -> None:
        await self._writer_turn.take()
        try:
            while self._all:
                await self._end(self._all[0])
            self._writer = None
            self._readers = deque()
        finally:
            self._writer_turn.give_back()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        async with self._turn_to_write() as connection:
            tx = Transaction(connection)
            try:
                await connection.execute("BEGIN IMMEDIATE")
                connection.when_over = tx.end
                yield tx
            finally:
                connection.when_over = None
                tx.end()
                if not tx.committed:
                    # Also after a cancelled BEGIN or COMMIT: the connection's thread works in order, so that
                    # by the time this runs the statement before it has ended one way or the other.
                    await asyncio.shield(asyncio.ensure_future(_roll_back(connection.raw)))

    @asynccontextmanager
    async def _turn_to_write(self) -> AsyncIterator[WritingConnection]:
        await self._take(self._writer_turn, "SQLite: no turn to write in time")
        try:
            if self._writer is None:
                raise StorageUnavailable(_CLOSED)
            yield self._writer
        finally:
            self._writer_turn.give_back()

    def reading(self) -> AbstractAsyncContextManager[Reader]:
        return _Reading(self)

    async def _take_reader(self) -> SQLiteConnection:
        """A reading connection for the caller alone. Raises StorageUnavailable."""
        if self._writer is None:
            raise StorageUnavailable(_CLOSED)
        await self._take(self._reader_turn, "SQLite: no reading connection in time")
        while not self._readers:
            opening = asyncio.ensure_future(self._add_reader())
            try:
                await asyncio.shield(opening)
            except BaseException:
                # Who goes away keeps the turn until it is open: else more would be opened than may be.
                opening.add_done_callback(lambda _: self._reader_turn.give_back())
                raise
        return self._readers.pop()  # the one used last: most of what is read is in its pages

    async def _take(self, turns: Turns, or_else: str) -> None:
        """Raises StorageUnavailable when it takes too long."""
        try:
            await turns.take(self._timeout)
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
    _connection: SQLiteConnection
    _readers: deque[SQLiteConnection]

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
        self._storage._reader_turn.give_back()


async def _roll_back(raw: aiosqlite.Connection) -> None:
    try:
        await raw.rollback()
    except (sqlite3.Error, ValueError):  # closed meanwhile: nothing is left to roll back
        return
