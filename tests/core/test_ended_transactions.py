"""Who goes on with a transaction that is over is refused: nothing is written outside of a transaction by accident."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pymysql.err
import pytest

from storage import Contention, Duplicate, Storage, StorageNotWritable, Transaction, TransactionOver
from storage.mysql_connection import MySQLConnection
from tests.core.rows import add_order, count

Act = Callable[[Transaction], Awaitable[object]]
ACTS: dict[str, Act] = {
    "a repository that was used": lambda tx: add_order(tx, 2),
    "a repository that was not used": lambda tx: tx.users.find_or_add("o-li", 1),
    "a lock": lambda tx: tx.orders.lock(1),
    "reads that go together": lambda tx: tx.together(tx.orders.get(1), tx.orders.get(2)),
    "a statement": lambda tx: tx.connection.execute("UPDATE orders SET patient_name = 'x'"),
    "an insert": lambda tx: tx.connection.insert("INSERT INTO users (openid) VALUES (:o)", {"o": "x"}),
    "a read of one row": lambda tx: tx.connection.fetch_one("SELECT 1"),
    "a read": lambda tx: tx.connection.fetch_all("SELECT 1"),
    "a name that nodes compare": lambda tx: tx.connection.certify("job:x"),
    "a commit": lambda tx: tx.commit(),
    "an import": lambda tx: tx.imports.connection.execute("DELETE FROM orders"),
}


@pytest.mark.parametrize("act", ACTS)
async def test_nothing_is_done_behind_a_commit(storage: Storage, act: str) -> None:
    async with storage.transaction() as tx:
        await add_order(tx, 1)
        await tx.commit()
        with pytest.raises(TransactionOver, match="is over"):
            await ACTS[act](tx)
    assert (await count(storage, "orders"), await count(storage, "users")) == (1, 0)


@pytest.mark.parametrize("act", ACTS)
async def test_nothing_is_done_with_a_transaction_whose_block_was_left(storage: Storage, act: str) -> None:
    async with storage.transaction() as tx:
        await add_order(tx, 1)
    async with storage.transaction() as another:
        with pytest.raises(TransactionOver):
            await ACTS[act](tx)
        await another.commit()
    assert (await count(storage, "orders"), await count(storage, "users")) == (0, 0)


LONG = "x" * 1_000_000
FILL: dict[str, Act] = {
    "insert": lambda tx: tx.users.find_or_add(LONG, 1),
    "in the thread": lambda tx: tx.connection.execute(
        "INSERT INTO cluster_locks VALUES (:long, 1)", {"long": LONG}
    ),
}


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize("fill", FILL)
@pytest.mark.parametrize("act", ACTS)
async def test_nothing_is_done_behind_a_rollback_of_sqlites_own(
    storage: Storage, fill: str, act: str
) -> None:
    """The disk is full, and whoever catches the error goes on."""
    async with storage.transaction() as tx:
        pages = await tx.connection.fetch_one("PRAGMA page_count")
        assert pages is not None
        await tx.connection.fetch_one(f"PRAGMA max_page_count = {pages[0]}")
        await tx.users.find_or_add("o-zhang", 1)
        with pytest.raises(StorageNotWritable):
            await FILL[fill](tx)
        for again in (ACTS[act], Transaction.commit):
            with pytest.raises(TransactionOver):
                await again(tx)
    async with storage.transaction() as tx:
        await tx.connection.fetch_one("PRAGMA max_page_count = 1000000")
        await add_order(tx, 1)
        await tx.commit()
    assert (await count(storage, "orders"), await count(storage, "users")) == (1, 0), "the next one is whole"


async def test_a_statement_that_is_refused_alone_ends_nothing(storage: Storage) -> None:
    async with storage.transaction() as tx:
        await add_order(tx, 1)
        with pytest.raises(Duplicate):
            await add_order(tx, 1)
        await add_order(tx, 2)
        await tx.commit()
    assert await count(storage, "orders") == 2


@pytest.mark.parametrize("engine", ["mysql"])
async def test_behind_a_deadlock_the_work_is_to_be_run_again(storage: Storage) -> None:
    """MariaDB has rolled back; the error that tells so is raised again, until ``run`` gets to see it."""
    runs = 0

    async def work(tx: Transaction) -> None:
        nonlocal runs
        runs += 1
        await add_order(tx, runs)
        if runs == 1:
            failure = pymysql.err.OperationalError(1213, "Deadlock found")
            assert isinstance(tx.connection, MySQLConnection)
            assert isinstance(tx.connection._failure(failure), Contention)

    await storage.run(work)
    assert (runs, await count(storage, "orders")) == (2, 1)
