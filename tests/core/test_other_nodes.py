"""A cluster's nodes take over from each other: another address is used when the one in use fails.

One server behind two doors stands for two nodes: what is tried here is the way to them.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from config import DatabaseSettings
from storage import (
    Contention,
    Storage,
    StorageNotWritable,
    StorageUnavailable,
    Transaction,
    migrate,
    open_storage,
)

pytestmark = pytest.mark.parametrize("engine", ["mysql"])
DAY = "2026-12-01"


class Door:
    """A port that leads to the database, until it is shut: then its connections break off, and nobody answers."""

    def __init__(self, to_port: int) -> None:
        self._to = to_port
        self._writers: list[asyncio.StreamWriter] = []
        self.visitors = 0
        self.port = 0

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._let_in, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _let_in(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.visitors += 1
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self._to)
        self._writers += [writer, inner_writer]
        await asyncio.gather(self._carry(reader, inner_writer), self._carry(inner_reader, writer))

    @staticmethod
    async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
            writer.close()

    def shut(self) -> None:
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()


@asynccontextmanager
async def two_doors(settings: DatabaseSettings) -> AsyncIterator[tuple[Storage, Door, Door]]:
    first, second = Door(settings.port), Door(settings.port)
    await first.open()
    await second.open()
    storage = open_storage(
        dataclasses.replace(settings, port=first.port, other_hosts=[f"127.0.0.1:{second.port}"])
    )
    try:
        await storage.open()
        yield storage, first, second
    finally:
        await storage.close()
        first.shut()
        second.shut()


async def count(tx: Transaction) -> None:
    await tx.alarms.count(DAY, "counted", "", 1, "", 1)


async def counted(storage: Storage) -> int:
    async with storage.reading() as reader:
        return sum(alarm.count for alarm in await reader.alarms.since(DAY))


async def test_the_second_is_used_when_the_first_is_gone_and_until_it_fails_itself(
    database_settings: DatabaseSettings,
) -> None:
    async with two_doors(database_settings) as (storage, first, second):
        await storage.run(count)
        assert (first.visitors, second.visitors) == (1, 0)
        first.shut()
        await asyncio.sleep(0.05)  # until the end of the connection has arrived
        await storage.run(count)
        await first.open()
        await storage.run(count)
        assert (first.visitors, second.visitors) == (1, 1)
        second.shut()
        await asyncio.sleep(0.05)
        assert await counted(storage) == 3
        assert (first.visitors, second.visitors) == (2, 1)


async def test_a_start_finds_the_node_that_is_there(database_settings: DatabaseSettings) -> None:
    door = Door(database_settings.port)
    await door.open()
    door.shut()
    settings = dataclasses.replace(
        database_settings, port=door.port, other_hosts=[f"127.0.0.1:{database_settings.port}"]
    )
    storage = open_storage(settings)
    await storage.open()
    assert await counted(storage) == 0
    await storage.close()


async def test_without_any_node_the_answer_is_that_there_is_none(database_settings: DatabaseSettings) -> None:
    async with two_doors(database_settings) as (storage, first, second):
        first.shut()
        second.shut()
        await asyncio.sleep(0.05)
        with pytest.raises(StorageUnavailable):
            await storage.run(count)
        await second.open()
        await storage.run(count)


async def test_work_whose_connection_is_lost_before_the_commit_is_run_again(
    database_settings: DatabaseSettings,
) -> None:
    rounds = 0

    async with two_doors(database_settings) as (storage, first, _):

        async def work(tx: Transaction) -> None:
            nonlocal rounds
            rounds += 1
            await count(tx)
            if rounds == 1:
                first.shut()
            await tx.orders.get(1)

        await storage.run(work)
        assert rounds == 2
        assert await counted(storage) == 1


async def test_work_whose_commit_was_sent_is_not_run_again(
    database_settings: DatabaseSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have arrived; whoever asked has to ask again."""
    rounds = 0
    commit = Transaction.commit

    async with two_doors(database_settings) as (storage, first, _):

        async def work(tx: Transaction) -> None:
            nonlocal rounds
            rounds += 1
            await count(tx)

        async def lost(tx: Transaction) -> None:
            asyncio.get_running_loop().call_soon(first.shut)
            await commit(tx)
            raise AssertionError("the answer came before the door was shut")

        monkeypatch.setattr(Transaction, "commit", lost)
        with pytest.raises(StorageUnavailable):
            await storage.run(work)
        assert rounds == 1


@pytest.mark.parametrize("error", [StorageUnavailable("lost"), StorageNotWritable("full", "full")])
async def test_with_one_server_nothing_is_run_again(
    storage: Storage, error: StorageUnavailable, database_settings: DatabaseSettings
) -> None:
    rounds = 0

    async def work(tx: Transaction) -> None:
        nonlocal rounds
        rounds += 1
        raise error

    with pytest.raises(StorageUnavailable):
        await storage.run(work)
    assert rounds == 1


async def test_a_full_disk_is_full_for_all(database_settings: DatabaseSettings) -> None:
    rounds = 0

    async def work(tx: Transaction) -> None:
        nonlocal rounds
        rounds += 1
        raise StorageNotWritable("full", "full")

    async with two_doors(database_settings) as (storage, _, second):
        with pytest.raises(StorageNotWritable):
            await storage.run(work)
        assert (rounds, second.visitors) == (1, 0)


async def test_on_a_cluster_work_is_run_again_more_often(database_settings: DatabaseSettings) -> None:
    """Who loses to another node begins anew instead of waiting for it."""
    storage = open_storage(dataclasses.replace(database_settings, cluster=True))
    await storage.open()
    rounds = 0

    async def work(tx: Transaction) -> None:
        nonlocal rounds
        rounds += 1
        if rounds < 10:
            raise Contention("another node was first")

    await storage.run(work)
    assert rounds == 10
    await storage.close()


async def test_migrations_of_all_machines_go_through_the_same_node(
    database_settings: DatabaseSettings,
) -> None:
    """Whichever is their own: there the lock is that keeps two apart."""
    doors = [Door(database_settings.port) for _ in range(2)]
    for door in doors:
        await door.open()
    first, second = sorted(doors, key=lambda door: door.port)
    settings = [
        dataclasses.replace(
            database_settings, port=own.port, other_hosts=[f"127.0.0.1:{other.port}"], cluster=True
        )
        for own, other in ((first, second), (second, first))
    ]
    for each in settings:
        await asyncio.to_thread(migrate, each)
    assert (first.visitors > 1, second.visitors) == (True, 0)
    first.shut()
    for each in settings:
        await asyncio.to_thread(migrate, each)
    assert second.visitors > 1
    second.shut()


@pytest.mark.promise(44)
async def test_on_a_cluster_a_lock_writes_and_elsewhere_it_does_not(
    storage: Storage, database_settings: DatabaseSettings
) -> None:
    cluster = open_storage(dataclasses.replace(database_settings, cluster=True))
    await cluster.open()
    for opened, turns in ((storage, []), (cluster, [("orders:7", 2), ("users:7", 1)])):
        for order_id in (7, 7 + 1024):
            async with opened.transaction() as tx:
                await tx.orders.lock(order_id)
                await tx.commit()
        async with opened.transaction() as tx:
            await tx.users.lock_living(7)
            await tx.commit()
        async with opened.reading() as reader:
            sql = "SELECT name, turns FROM cluster_locks ORDER BY name"
            assert [tuple(row) for row in await reader.connection.fetch_all(sql)] == turns
    await cluster.close()
