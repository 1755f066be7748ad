"""What becomes of a transaction whose node is lost, or that loses to another node again and again."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from config import DatabaseSettings
from storage import Contention, Storage, StorageUnavailable, Transaction, open_storage
from storage.mysql import ATTEMPTS_ON_CLUSTER
from tests.cluster.galera import Cluster
from tests.cluster.test_locks import prepare

DAY = "2026-12-01"
TIMEOUT_SECONDS = 8.0
"""Longer than the others wait for a node that does not answer (3 to 6 s): one of them takes over in time."""


@asynccontextmanager
async def server(settings: list[DatabaseSettings], first: int) -> AsyncIterator[Storage]:
    """A storage that uses this node, and the others when it is lost."""
    own, *others = settings[first:] + settings[:first]
    storage = open_storage(
        dataclasses.replace(
            own,
            other_hosts=[f"{other.host}:{other.port}" for other in others],
            timeout_seconds=TIMEOUT_SECONDS,
        )
    )
    await storage.open()
    try:
        yield storage
    finally:
        await storage.close()


async def counted(storage: Storage) -> int:
    async with storage.reading() as reader:
        return sum(alarm.count for alarm in await reader.alarms.since(DAY))


async def count(tx: Transaction) -> None:
    await tx.orders.lock(1)
    await tx.alarms.count(DAY, "counted", "", 1, "", 1)


async def used_node(storage: Storage) -> str:
    async with storage.reading() as reader:
        row = await reader.connection.fetch_one("SELECT @@wsrep_node_name")
    assert row is not None
    return str(row[0])


@pytest.mark.promise(44)
async def test_work_that_always_loses_is_refused_after_a_bounded_number_of_tries(
    storages: list[Storage],
) -> None:
    await prepare(storages)
    tries = 0

    async def work(tx: Transaction) -> None:
        nonlocal tries
        tries += 1
        await tx.orders.lock(1)
        await storages[1].run(count)
        await tx.alarms.count(DAY, "by the loser", "", 1, "", 1)

    with pytest.raises(Contention):
        await storages[0].run(work)
    assert tries == ATTEMPTS_ON_CLUSTER
    assert await counted(storages[2]) == tries, "what it wrote is nowhere"


@pytest.mark.promise(28, 44)
@pytest.mark.parametrize("way", ["killed", "frozen"])
async def test_work_whose_node_is_lost_before_the_commit_is_done_once_on_another_and_stays_there(
    cluster: Cluster, storages: list[Storage], node_settings: list[DatabaseSettings], way: str
) -> None:
    await prepare(storages)
    tries = 0
    node = cluster.nodes[2]
    async with server(node_settings, 2) as storage:
        assert await used_node(storage) == "node2"

        async def work(tx: Transaction) -> None:
            nonlocal tries
            tries += 1
            await count(tx)
            if tries == 1:
                await asyncio.to_thread(node.kill if way == "killed" else node.pause)
            await tx.orders.get(1)

        try:
            await storage.run(work)
            assert tries == 2
            assert await used_node(storage) == "node0"
        finally:
            if way == "frozen":
                node.resume()
            else:
                await asyncio.to_thread(cluster.rejoin, node)
        await asyncio.to_thread(cluster.wait_until_synced, *cluster.nodes)
        await storage.run(count)
        assert await used_node(storage) == "node0", "until it fails itself"
    for each in storages[:2]:
        assert await counted(each) == 2
    async with server(node_settings, 2) as again:
        assert await used_node(again) == "node2"
        assert await counted(again) == 2


@pytest.mark.promise(28, 44)
async def test_work_whose_node_freezes_at_the_commit_is_not_run_again_and_is_on_all_nodes_or_none(
    cluster: Cluster, storages: list[Storage], node_settings: list[DatabaseSettings]
) -> None:
    await prepare(storages)
    tries = 0
    node = cluster.nodes[2]
    async with server(node_settings, 2) as storage:

        async def work(tx: Transaction) -> None:
            nonlocal tries
            tries += 1
            await count(tx)
            node.pause()

        try:
            with pytest.raises(StorageUnavailable):
                await storage.run(work)
            assert tries == 1, "nobody knows what has become of it"
            await storages[0].run(count)
        finally:
            node.resume()
        await asyncio.to_thread(cluster.wait_until_synced, *cluster.nodes)
    found = [await counted(each) for each in storages[:2]]
    async with server(node_settings, 2) as again:
        found.append(await counted(again))
    assert found in ([1, 1, 1], [2, 2, 2])
