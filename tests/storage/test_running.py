"""How often work is run again, what is left of reads of which one fails, and which engine is opened."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from config import DatabaseSettings
from storage import (
    Contention,
    Reader,
    Storage,
    StorageNotWritable,
    StorageUnavailable,
    Transaction,
    open_storage,
)
from storage.address import is_this_machine
from storage.connection import in_turn
from storage.mysql import MySQLStorage
from storage.sqlite import SQLiteStorage
from storage.turns import PoolUse


class Failing(Storage):
    """Its transactions fail one after the other, as it is told; behind those they are committed."""

    def __init__(self, failures: list[tuple[str, Exception]], other_servers: int = 0) -> None:
        self.failures = failures
        self.other_servers = other_servers
        self.begun = 0

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def durability(self) -> dict[str, str]:
        return {}

    def pools(self) -> list[PoolUse]:
        return []

    def reading(self) -> Reader:  # type: ignore[override]
        raise NotImplementedError

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        self.begun += 1
        when, failure = self.failures.pop(0) if self.failures else ("", Exception())
        if when == "begin":
            raise failure
        yield _Half(when, failure)


class _Half(Transaction):
    def __init__(self, when: str, failure: Exception) -> None:
        self.when, self.failure = when, failure

    async def commit(self) -> None:
        if self.when == "before":
            raise self.failure
        self.commit_sent = True
        if self.when == "commit":
            raise self.failure


GONE, BUSY, FULL = StorageUnavailable("gone"), Contention("busy"), StorageNotWritable("full", "disk full")
RUNS: dict[str, tuple[list[tuple[str, Exception]], int, int, type[Exception] | None]] = {
    "nothing fails": ([], 0, 1, None),
    "contention four times": ([("commit", BUSY)] * 4, 0, 5, None),
    "contention five times": ([("before", BUSY)] * 5, 0, 5, Contention),
    "a server that is lost, without another one": ([("begin", GONE)], 0, 1, StorageUnavailable),
    "a server that is lost before it begins": ([("begin", GONE)], 1, 2, None),
    "a server that is lost before the commit": ([("before", GONE)], 1, 2, None),
    "a server that is lost with the commit": ([("commit", GONE)], 1, 1, StorageUnavailable),
    "both servers lost": ([("begin", GONE)] * 2, 1, 2, StorageUnavailable),
    "a full disk": ([("before", FULL)], 1, 1, StorageNotWritable),
}


@pytest.mark.parametrize("case", RUNS)
async def test_work_is_run_again_a_bounded_number_of_times(case: str) -> None:
    failures, others, runs, raised = RUNS[case]
    storage = Failing(list(failures), others)

    async def work(tx: Transaction) -> str:
        return "done"

    if raised is None:
        assert await storage.run(work) == "done"
    else:
        with pytest.raises(raised):
            await storage.run(work)
    assert storage.begun == runs


async def test_reads_behind_one_that_fails_are_closed() -> None:
    begun: list[int] = []

    async def read(number: int) -> int:
        begun.append(number)
        if number == 2:
            raise StorageUnavailable("gone")
        return number

    assert await in_turn(read(0), read(1)) == [0, 1]
    reads = [read(number) for number in (1, 2, 3)]
    with pytest.raises(StorageUnavailable):
        await in_turn(*reads)
    assert begun == [0, 1, 1, 2]
    assert {inspect.getcoroutinestate(each) for each in reads} == {inspect.CORO_CLOSED}


@pytest.mark.parametrize(("engine", "kind"), [("sqlite", SQLiteStorage), ("mysql", MySQLStorage)])
def test_the_engine_that_is_named_is_opened(engine: str, kind: type[Storage], tmp_path: Path) -> None:
    make: Callable[..., DatabaseSettings] = DatabaseSettings
    assert type(open_storage(make(engine=engine), tmp_path)) is kind


@pytest.mark.parametrize(
    ("host", "is_here"),
    [("localhost", True), ("127.0.0.1", True), ("::1", True), ("10.0.0.1", False), ("db.example", False)],
)
def test_which_addresses_are_this_machine(host: str, is_here: bool) -> None:
    assert is_this_machine(host) is is_here
