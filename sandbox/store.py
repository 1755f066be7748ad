"""Durability: a journal of JSON documents in SQLite, written in groups by one thread.

The stand-in works in memory. ``put`` notes that a document changed, ``flush`` returns once everything noted
so far is on the disk (``synchronous=FULL``), so nothing that a caller has been told can be lost by a SIGKILL,
and a hundred concurrent payments share one fsync.
"""

from __future__ import annotations

import asyncio
import fcntl
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TextIO

import orjson

_SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (
    kind TEXT NOT NULL,
    key  TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (kind, key)
) WITHOUT ROWID
"""
_UPSERT = "INSERT INTO documents VALUES (?, ?, ?) ON CONFLICT (kind, key) DO UPDATE SET body = excluded.body"
_DELETE = "DELETE FROM documents WHERE kind = ? AND key = ?"


class FolderInUse(Exception):
    """Another process runs a sandbox on the same folder."""


class Store:
    """One folder's journal. Not for use from several threads: ``put`` and ``flush`` belong to the event loop."""

    def __init__(self, folder: Path, *, wait_seconds: float = 10.0) -> None:
        """Opens (and creates) the database; waits for a predecessor that is shutting down.

        Raises FolderInUse after ``wait_seconds``.
        """
        self._lock = _hold(folder / "state.lock", wait_seconds)
        path = folder / "state.sqlite3"
        path.touch(mode=0o600)
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute(_SCHEMA)
        self._writer = ThreadPoolExecutor(1, "sandbox-store")
        self._dirty: dict[tuple[str, str], str | None] = {}
        self._noted = 0  # changes put so far …
        self._durable = 0  # … and how many of them are on the disk
        self._batch: asyncio.Task[None] | None = None

    def read(self, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Every stored document of a kind, in the order of the keys."""
        rows = self._connection.execute(
            "SELECT key, body FROM documents WHERE kind = ? ORDER BY key", (kind,)
        )
        for key, body in rows:
            yield key, orjson.loads(body)

    def put(self, kind: str, key: str, document: dict[str, Any] | None) -> None:
        """Note a document's present content (None: it is gone)."""
        self._noted += 1
        self._dirty[kind, key] = None if document is None else orjson.dumps(document).decode()

    async def flush(self) -> None:
        """Return once everything put so far is durable. Raises sqlite3.Error when it cannot be."""
        target = self._noted
        while self._durable < target:
            if self._batch is None:
                self._batch = asyncio.create_task(self._write())
            await asyncio.shield(self._batch)

    async def _write(self) -> None:
        # One turn of the loop: requests that are ready now join this batch.
        await asyncio.sleep(0)
        reached, changes, self._dirty = self._noted, self._dirty, {}
        try:
            await asyncio.get_running_loop().run_in_executor(self._writer, self._commit, changes)
            self._durable = reached
        except BaseException:
            self._dirty = changes | self._dirty
            raise
        finally:
            self._batch = None

    def _commit(self, changes: dict[tuple[str, str], str | None]) -> None:
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            connection.executemany(_DELETE, [key for key, body in changes.items() if body is None])
            connection.executemany(
                _UPSERT, [(*key, body) for key, body in changes.items() if body is not None]
            )
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise

    async def close(self) -> None:
        """Write what is left and let the folder go."""
        await self.flush()
        self._writer.shutdown()
        self._connection.close()
        self._lock.close()


def _hold(path: Path, wait_seconds: float) -> TextIO:
    handle = path.open("a")
    deadline = time.monotonic() + wait_seconds
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return handle
        except BlockingIOError:
            if time.monotonic() > deadline:
                handle.close()
                raise FolderInUse(f"{path.parent} is in use by another sandbox") from None
            time.sleep(0.05)
