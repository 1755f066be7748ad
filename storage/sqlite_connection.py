"""One connection to SQLite: statements in its thread, and short reads at once."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar, cast

import aiosqlite

from storage.connection import NOTHING, Connection, Parameters, Row, in_turn
from storage.errors import StorageError
from storage.sqlite_errors import FAILURES, translated

BUSY_TIMEOUT_MS = 5_000
STEPS_PER_LOOK, MAX_LOOKS = 1_000, 20
"""So many steps of SQLite's machine, 1 to 2 ms, are a short read."""
MAX_KNOWN_AS_LONG = 500
Answer = TypeVar("Answer")


class SQLiteConnection(Connection):
    lock = ""
    shared_lock = ""

    def __init__(self, raw: aiosqlite.Connection, timeout: float) -> None:
        self.raw = raw
        self._timeout = timeout
        self._begun, self._ended = 0, 0
        """How much work was given to the thread, and how much it has done: also what nobody waits for any more."""

    def index_hint(self, index: str = "") -> str:
        return f" INDEXED BY {index}" if index else " NOT INDEXED"

    async def together(self, *reads: Coroutine[Any, Any, Any]) -> list[Any]:
        return await in_turn(*reads)

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
            raise self._failure(error) from error

    def _failure(self, error: Exception) -> StorageError:
        return translated(error)

    async def execute(self, sql: str, parameters: Parameters = NOTHING) -> int:
        return await self._run(lambda raw: raw.execute(sql, parameters).rowcount)

    async def insert(self, sql: str, parameters: Parameters) -> int:
        return await self._run(lambda raw: raw.execute(sql, parameters).lastrowid or 0)

    async def fetch_all(self, sql: str, parameters: Parameters = NOTHING) -> Sequence[Row]:
        return await self._run(lambda raw: raw.execute(sql, parameters).fetchall())

    async def fetch_one(self, sql: str, parameters: Parameters = NOTHING) -> Row | None:
        rows = await self.fetch_all(sql, parameters)
        return rows[0] if rows else None


class ReadingConnection(SQLiteConnection):
    """Short SELECTs are done on the spot: a switch to the connection's thread takes several times as long as most of
    them do. SQLite counts its steps; a read that turns out to be long, or that meets a lock, begins anew in the thread,
    and is known for it from then on."""

    _known_as_long: set[str]

    def __init__(self, raw: aiosqlite.Connection, timeout: float) -> None:
        super().__init__(raw, timeout)
        self._looks = 0
        self._known_as_long = set()

    async def fetch_all(self, sql: str, parameters: Parameters = NOTHING) -> Sequence[Row]:
        if self.is_free and sql not in self._known_as_long and sql.startswith("SELECT"):
            rows = self._now(sql, parameters)
            if rows is not None:
                return rows
        return await self._run(lambda raw: self._read(raw, sql, parameters))

    @property
    def is_free(self) -> bool:
        """May something be done on the spot: does the thread do nothing with the connection?"""
        return self._begun == self._ended

    def _read(self, raw: sqlite3.Connection, sql: str, parameters: Parameters) -> list[Row]:
        """In the thread. Only there locks are waited for."""
        raw.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        try:
            return raw.execute(sql, parameters).fetchall()
        finally:
            raw.execute("PRAGMA busy_timeout=0")

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
            raise self._failure(error) from error

    def _look(self) -> bool:
        """Asked by SQLite every so many steps; True ends the read."""
        self._looks += 1
        return self._looks > MAX_LOOKS


class WritingConnection(ReadingConnection):
    """The same in a transaction, which has locked the database when it began: there a row is inserted on the spot, too.
    Other writes may be long, and one that is interrupted takes its transaction with it: they are the thread's."""

    when_over: Callable[[], None] | None = None
    """Called when the transaction that was begun has ended without being told to."""

    @property
    def is_free(self) -> bool:
        raw = self.raw._connection  # None when it has been closed
        return super().is_free and raw is not None and raw.in_transaction

    def _read(self, raw: sqlite3.Connection, sql: str, parameters: Parameters) -> list[Row]:
        return raw.execute(sql, parameters).fetchall()

    async def insert(self, sql: str, parameters: Parameters) -> int:
        if not self.is_free:
            return await super().insert(sql, parameters)
        try:
            return self.raw._conn.execute(sql, parameters).lastrowid or 0
        except FAILURES as error:
            raise self._failure(error) from error

    def _failure(self, error: Exception) -> StorageError:
        """After some failures, as that of a full disk, SQLite has rolled back by itself."""
        raw = self.raw._connection  # None when it has been closed
        if self.when_over is not None and raw is not None and not raw.in_transaction:
            self.when_over()
        return translated(error)
