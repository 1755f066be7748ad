"""Two transactions on two nodes lock the same row: one commits, although neither node knows the other's locks."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import pytest

from config import DatabaseSettings
from storage import Contention, Storage, Transaction, open_storage
from storage.models import NameKind
from storage.repositories.names import Names
from tests.core.rows import add_order

DAY = "2026-12-01"
Lock = Callable[[Transaction], Awaitable[object]]

LOCKS: dict[str, tuple[Lock, Lock]] = {
    "an order": (lambda tx: tx.orders.lock(1), lambda tx: tx.orders.lock(1)),
    "an unpaid order of a user": (lambda tx: tx.orders.lock(1), lambda tx: tx.orders.unpaid_of_user(1)),
    "a user": (lambda tx: tx.users.lock(1), lambda tx: tx.users.lock_living(1)),
    "an escort": (lambda tx: tx.escorts.lock(1), lambda tx: tx.escorts.lock(1)),
    "a day": (lambda tx: tx.visit_days.lock(DAY), lambda tx: tx.visit_days.lock(DAY)),
    "a day, one of them shared": (
        lambda tx: tx.visit_days.lock(DAY),
        lambda tx: tx.visit_days.lock_shared(DAY),
    ),
    "a complaint": (lambda tx: tx.complaints.lock(1), lambda tx: tx.complaints.lock(1)),
    "a payment attempt": (
        lambda tx: tx.attempts.lock_by_number("P1"),
        lambda tx: tx.attempts.lock_by_number("P1"),
    ),
    "a service and the list of services": (
        lambda tx: tx.catalog.lock("services", 1),
        lambda tx: tx.catalog.lock_positions("services"),
    ),
    "all services": (
        lambda tx: tx.catalog.lock_all("services"),
        lambda tx: tx.catalog.lock_positions("services"),
    ),
    "an administrator and all of them": (
        lambda tx: tx.administrators.lock(1),
        lambda tx: tx.administrators.lock_all(),
    ),
    "an administrator by name": (
        lambda tx: tx.administrators.by_name("a"),
        lambda tx: tx.administrators.lock(1),
    ),
    "a name": (
        lambda tx: Names(tx.connection).add(NameKind.PATIENT, "王小明"),
        lambda tx: Names(tx.connection).let_go(NameKind.PATIENT, ["王小明"]),
    ),
}


async def commit_both(storages: Sequence[Storage], first: Lock, second: Lock) -> list[str]:
    """Lock on two nodes, decide, and commit on both; what became of each."""
    ended = []
    async with storages[0].transaction() as one, storages[1].transaction() as other:
        for tx, lock in ((one, first), (other, second)):
            try:
                await lock(tx)
            except Contention:
                ended.append("refused")
        for number, tx in enumerate((one, other)):
            try:
                await tx.alarms.count(DAY, "decided", f"by {number}", 1, "", number)
                await tx.commit()
                ended.append("committed")
            except Contention:
                ended.append("refused")
    return ended


async def prepare(storages: Sequence[Storage]) -> None:
    """Rows to lock, and a turn of each kind, so that making it is not what fails."""
    async with storages[0].transaction() as tx:
        await tx.connection.execute(
            "SET insert_id = 1"
        )  # ids go in steps here, and begin where the node says
        assert await add_order(tx, 1) == 1
        await tx.commit()
    for pair in LOCKS.values():
        for lock in pair:
            async with storages[0].transaction() as tx:
                await lock(tx)
                await tx.commit()


@pytest.mark.promise(44)
@pytest.mark.parametrize("what", LOCKS)
async def test_of_two_who_lock_the_same_on_two_nodes_one_commits(storages: list[Storage], what: str) -> None:
    await prepare(storages)
    assert sorted(await commit_both(storages, *LOCKS[what])) == ["committed", "refused"]


async def test_who_locks_different_rows_on_two_nodes_commits(storages: list[Storage]) -> None:
    await prepare(storages)
    ended = await commit_both(storages, lambda tx: tx.orders.lock(1), lambda tx: tx.orders.lock(2))
    assert ended == ["committed", "committed"]


@asynccontextmanager
async def opened_without(node_settings: list[DatabaseSettings]) -> AsyncIterator[list[Storage]]:
    storages = [open_storage(dataclasses.replace(settings, cluster=False)) for settings in node_settings]
    try:
        for storage in storages:
            await storage.open()
        yield storages
    finally:
        for storage in storages:
            await storage.close()


async def test_without_the_setting_both_commit(node_settings: list[DatabaseSettings]) -> None:
    """What the setting is for; should Galera ever change, this says so."""
    async with opened_without(node_settings) as storages:
        await prepare(storages)
        assert await commit_both(storages, *LOCKS["an order"]) == ["committed", "committed"]


@pytest.mark.promise(44)
async def test_work_that_lost_to_another_node_is_run_again_and_sees_what_that_one_wrote(
    storages: list[Storage],
) -> None:
    await prepare(storages)
    seen: list[int] = []

    async def work(tx: Transaction) -> None:
        await tx.orders.lock(1)
        seen.append(len(await tx.alarms.since(DAY)))
        if len(seen) == 1:
            async with storages[1].transaction() as other:
                await other.orders.lock(1)
                await other.alarms.count(DAY, "decided", "by the other", 1, "", 1)
                await other.commit()
        await tx.alarms.count(DAY, "decided", "by work", 1, "", 1)

    await storages[0].run(work)
    assert seen == [0, 1]


@pytest.mark.promise(44)
async def test_what_one_node_has_committed_the_next_read_on_another_sees(storages: list[Storage]) -> None:
    for number in range(60):
        writer, reader = storages[number % 3], storages[(number + 1) % 3]
        async with writer.transaction() as tx:
            await tx.alarms.count(DAY, "written", f"round {number}", 1, "", number)
            await tx.commit()
        async with reader.reading() as reading:
            assert len(await reading.alarms.since(DAY)) == number + 1
