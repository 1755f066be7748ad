"""Short reads are done on the spot, long ones and those that wait for a lock in the connection's thread."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import aiosqlite
import pytest

from storage import Duplicate, StorageError, StorageUnavailable
from storage.sqlite import SQLiteStorage
from storage.sqlite_connection import ReadingConnection, WritingConnection

LONG = (
    "SELECT COUNT(*) FROM (WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) "
    "SELECT i FROM n)"
)


class Watched(SQLiteStorage):
    """With one reading connection; tells how often its thread was asked."""

    def __init__(self, path: Path, readers: int = 1, **options: Any) -> None:
        super().__init__(path, readers, **options)

    @property
    def asked(self) -> int:
        return self._readers[0]._begun


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[aiosqlite.Connection]:
    """Every connection that is opened in a test."""
    all_of_them: list[aiosqlite.Connection] = []
    connect = aiosqlite.connect

    def note(*args: Any, **options: Any) -> aiosqlite.Connection:
        all_of_them.append(connect(*args, **options))
        return all_of_them[-1]

    monkeypatch.setattr(aiosqlite, "connect", note)
    return all_of_them


def open_ones(made: list[aiosqlite.Connection]) -> int:
    return sum(raw._connection is not None for raw in made)


async def read(storage: SQLiteStorage, sql: str, **values: Any) -> list[Any]:
    async with storage.reading() as reader:
        return list(await reader.connection.fetch_all(sql, values))


async def opened(path: Path, **options: Any) -> Watched:
    storage = Watched(path / "a.db", **options)
    await storage.open()
    async with storage.transaction() as tx:
        await tx.connection.execute("CREATE TABLE t (n INTEGER)")
        await tx.connection.execute("INSERT INTO t VALUES (7)")
        await tx.commit()
    return storage


async def test_a_short_read_needs_no_thread_and_a_long_one_has_it(tmp_path: Path) -> None:
    storage = await opened(tmp_path)
    before = storage.asked
    assert await read(storage, "SELECT n FROM t WHERE n = :n", n=7) == [(7,)]
    assert storage.asked == before
    for times in (1, 2):
        assert await read(storage, LONG) == [(300_000,)]
        assert storage.asked == before + times
    assert await read(storage, "SELECT n FROM t") == [(7,)]
    assert storage.asked == before + 2
    await storage.close()


async def test_a_long_read_lets_the_loop_go_on(tmp_path: Path) -> None:
    storage = await opened(tmp_path)
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    await read(storage, LONG.replace("300000", "2000000"))
    counting.cancel()
    assert turns > 20
    await storage.close()


async def test_nobody_waits_on_the_spot_for_a_read_that_was_given_up(tmp_path: Path) -> None:
    storage = await opened(tmp_path)
    given_up = asyncio.create_task(read(storage, LONG.replace("300000", "3000000")))
    await asyncio.sleep(0.02)
    given_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await given_up
    before = storage.asked
    assert await read(storage, "SELECT n FROM t") == [(7,)]  # behind the other, in the thread
    assert storage.asked == before + 1
    assert await read(storage, "SELECT n FROM t") == [(7,)]
    assert storage.asked == before + 1
    await storage.close()


async def test_a_read_that_meets_a_lock_waits_for_it_in_the_thread(tmp_path: Path) -> None:
    path = tmp_path / "locked.db"
    with closing(
        sqlite3.connect(path, isolation_level=None)
    ) as made:  # without WAL a writer shuts readers out
        made.execute("CREATE TABLE t (n INTEGER)")
        made.execute("INSERT INTO t VALUES (7)")
    raw = await aiosqlite.connect(path, isolation_level=None, check_same_thread=False, timeout=0)
    connection = ReadingConnection(raw, 5)
    ready = threading.Event()

    def hold() -> None:
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            ready.set()
            time.sleep(0.3)
            other.execute("ROLLBACK")

    holder = threading.Thread(target=hold)
    holder.start()
    await asyncio.to_thread(ready.wait)
    assert await connection.fetch_all("SELECT n FROM t") == [(7,)]
    assert connection._begun == 1
    holder.join()
    assert await connection.fetch_all("SELECT n FROM t") == [(7,)]
    assert connection._begun == 1  # a lock says nothing about the read
    await raw.close()


async def test_no_more_connections_are_opened_than_may_be_when_callers_go_away(tmp_path: Path) -> None:
    storage = SQLiteStorage(tmp_path / "a.db", readers=3)
    await storage.open()
    async with storage.reading():
        callers = []
        for _ in range(20):
            callers.append(asyncio.create_task(read(storage, "SELECT 1")))
            await asyncio.sleep(0)
            callers[-1].cancel()
        assert await read(storage, "SELECT 1") == [(1,)]
        await asyncio.gather(*callers, return_exceptions=True)
        assert len(storage._all) <= 1 + 3
    async with storage.reading(), storage.reading(), storage.reading():
        assert len(storage._all) == 1 + 3
    await storage.close()


async def test_a_connection_that_cannot_be_made_ready_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: list[aiosqlite.Connection]
) -> None:
    storage = await opened(tmp_path, readers=2)

    async def fail(*_: Any) -> None:
        raise StorageUnavailable("unable to open database file")

    async with storage.reading():
        with monkeypatch.context() as patch:
            patch.setattr(ReadingConnection, "fetch_all", fail)
            for _ in range(3):
                with pytest.raises(StorageUnavailable):
                    await read(storage, "SELECT 1")
        assert (len(made), open_ones(made)) == (5, 2)
        assert await read(storage, "SELECT 1") == [(1,)]
    await storage.close()


@pytest.mark.parametrize("turns", range(12))
async def test_a_connection_that_is_opened_while_the_storage_closes_is_not_left_open(
    tmp_path: Path, made: list[aiosqlite.Connection], turns: int
) -> None:
    storage = await opened(tmp_path, readers=2)
    async with storage.reading():
        waiting = asyncio.create_task(read(storage, "SELECT 1"))
        for _ in range(turns):
            await asyncio.sleep(0)
        await asyncio.wait_for(storage.close(), 10)
        await asyncio.wait([waiting], timeout=10)
        assert isinstance(waiting.exception(), StorageError | None)
    assert open_ones(made) == 0


async def test_a_wrong_statement_and_a_closed_storage_are_refused_on_the_spot(tmp_path: Path) -> None:
    storage = await opened(tmp_path)
    with pytest.raises(StorageError, match="no such table"):
        await read(storage, "SELECT 1 FROM nowhere")
    with pytest.raises(StorageError):
        await read(storage, "INSERT INTO t VALUES (8)")  # reading connections cannot write
    with pytest.raises(StorageError):
        await read(storage, "SELECT CAST(x'ff' AS TEXT)")  # Python's own error, without a number of SQLite's
    async with storage.reading() as reader:
        await storage.close()
        with pytest.raises(StorageError):
            await reader.connection.fetch_all("SELECT n FROM t")


async def test_what_a_transaction_reads_and_a_row_that_it_adds_need_no_thread(tmp_path: Path) -> None:
    storage = await opened(tmp_path)
    async with storage.transaction() as tx:
        connection = tx.connection
        assert isinstance(connection, WritingConnection)
        before = connection._begun
        assert await connection.fetch_all("SELECT n FROM t") == [(7,)]
        assert await connection.insert("INSERT INTO t VALUES (:n)", {"n": 8}) == 2
        assert await connection.fetch_all("SELECT n FROM t ORDER BY n") == [(7,), (8,)]
        assert connection._begun == before
        assert await connection.execute("UPDATE t SET n = n + 1") == 2
        assert connection._begun == before + 1
    assert await read(storage, "SELECT n FROM t") == [(7,)]  # it was not committed
    await storage.close()


async def test_a_long_read_in_a_transaction_loses_nothing_of_it(tmp_path: Path) -> None:
    storage = await opened(tmp_path)
    async with storage.transaction() as tx:
        await tx.connection.insert("INSERT INTO t VALUES (:n)", {"n": 8})
        assert await tx.connection.fetch_all(LONG) == [(300_000,)]
        assert await tx.connection.fetch_all(f"{LONG} WHERE i > (SELECT MIN(n) FROM t)") == [(299_993,)]
        await tx.commit()
    assert await read(storage, "SELECT n FROM t ORDER BY n") == [(7,), (8,)]
    await storage.close()


async def test_a_row_that_is_there_already_or_cannot_be_is_refused_on_the_spot(tmp_path: Path) -> None:
    storage = await opened(tmp_path)
    async with storage.transaction() as tx:
        await tx.connection.execute("CREATE TABLE u (n INTEGER UNIQUE NOT NULL)")
        await tx.connection.insert("INSERT INTO u VALUES (:n)", {"n": 1})
        with pytest.raises(Duplicate):
            await tx.connection.insert("INSERT INTO u VALUES (:n)", {"n": 1})
        with pytest.raises(StorageError):
            await tx.connection.insert("INSERT INTO u VALUES (:n)", {"n": None})
        await tx.connection.insert("INSERT INTO u VALUES (:n)", {"n": 2})
        await tx.commit()
    assert await read(storage, "SELECT n FROM u ORDER BY n") == [(1,), (2,)]
    await storage.close()


async def test_behind_a_commit_that_nobody_waits_for_everything_is_the_threads(tmp_path: Path) -> None:
    storage = await opened(tmp_path)
    async with storage.transaction() as tx:
        connection = tx.connection
        assert isinstance(connection, WritingConnection)
        slow = asyncio.create_task(
            connection.execute(f"UPDATE t SET n = ({LONG.replace('300000', '3000000')})")
        )
        await asyncio.sleep(0.02)
        slow.cancel()
        with pytest.raises(asyncio.CancelledError):
            await slow
        before = connection._begun
        assert await connection.insert("INSERT INTO t VALUES (:n)", {"n": 9}) == 2
        assert connection._begun == before + 1
        await tx.commit()
    assert await read(storage, "SELECT n FROM t ORDER BY n") == [(9,), (3_000_000,)]
    await storage.close()


async def test_a_transaction_on_a_storage_that_was_closed_says_so(tmp_path: Path) -> None:
    storage = await opened(tmp_path)
    async with storage.transaction() as tx:
        await tx.connection.raw.close()  # type: ignore[attr-defined]
        with pytest.raises(StorageError):
            await tx.connection.insert("INSERT INTO t VALUES (:n)", {"n": 8})
        with pytest.raises(StorageError):
            await tx.connection.fetch_all("SELECT n FROM t")
    await storage.close()


async def test_what_is_no_plain_read_is_never_interrupted(tmp_path: Path) -> None:
    """SQLite rolls the whole transaction back when a write in it is interrupted."""
    storage = await opened(tmp_path)
    async with storage.transaction() as tx:
        await tx.connection.insert("INSERT INTO t VALUES (:n)", {"n": 8})
        rows = await tx.connection.fetch_all(f"UPDATE t SET n = n + ({LONG}) RETURNING n")
        assert rows == [(300_007,), (300_008,)]
        await tx.commit()
    assert await read(storage, "SELECT n FROM t ORDER BY n") == [(300_007,), (300_008,)]
    await storage.close()
