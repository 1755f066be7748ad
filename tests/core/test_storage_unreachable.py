"""The database cannot be reached: killed, frozen, restarted. Every use ends in time, and recovers by itself."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tornado.ioloop import IOLoop

from config import DatabaseSettings
from storage import Storage, StorageUnavailable, migrate, open_storage
from storage.models import OrderState
from tests.core.rows import add_order, count
from tests.http.client import order_fields
from tests.http.product import running
from tests.mariadb import MariaDB

TIMEOUT = 1.0


@pytest.fixture(scope="module")
def own() -> Iterator[MariaDB]:
    """A MariaDB that may be killed, with a migrated database."""
    server = MariaDB(durable=True)
    server.start()
    server.fresh_database("away")
    migrate(_address(server))
    yield server
    server.stop()


def _address(server: MariaDB) -> DatabaseSettings:
    return DatabaseSettings(
        engine="mysql",
        host=server.host,
        port=server.port,
        name="away",
        user=server.user,
        password=server.password,
        timeout_seconds=TIMEOUT,
        pool_size=4,
    )


@pytest.fixture
def address(own: MariaDB) -> DatabaseSettings:
    with own.connect("away") as connection, connection.cursor() as cursor:
        cursor.execute("DELETE FROM order_history")
        cursor.execute("DELETE FROM orders")
    return _address(own)


@pytest.fixture
def storage(address: DatabaseSettings, io_loop: IOLoop) -> Iterator[Storage]:
    """A storage on the server that may be killed."""
    storage = open_storage(address)
    io_loop.run_sync(storage.open)
    yield storage
    io_loop.run_sync(storage.close)


async def use(storage: Storage, user_id: int) -> int:
    async with storage.transaction() as tx:
        order_id = await add_order(tx, user_id, OrderState.PAID)
        await tx.commit()
    return order_id


async def _commit_to_the_dead(storage: Storage, own: MariaDB) -> None:
    async with storage.transaction() as tx:
        await add_order(tx, 100)
        own.kill()
        await tx.commit()


async def test_a_killed_server_is_unavailable_and_after_its_restart_all_goes_on(
    own: MariaDB, storage: Storage
) -> None:
    await asyncio.gather(*(use(storage, user) for user in range(1, 9)))
    with pytest.raises(StorageUnavailable):
        await _commit_to_the_dead(storage, own)
    for _ in range(6):  # also on connections that the pool has kept
        with pytest.raises(StorageUnavailable):
            await use(storage, 101)
        with pytest.raises(StorageUnavailable):
            await storage.ping()
    own.start()
    await asyncio.gather(*(use(storage, user) for user in range(200, 220)))
    assert await count(storage, "orders") == 28


async def kill_connections(own: MariaDB) -> None:
    """End every connection to the database, and wait until all have ended and the loop has read so."""
    listed = "SELECT id FROM information_schema.processlist WHERE db = 'away'"
    deadline = time.monotonic() + 10
    with own.connect() as connection, connection.cursor() as cursor:
        cursor.execute(listed)
        rows = cursor.fetchall()
        assert rows, "there is something to end"
        for (number,) in rows:
            cursor.execute(f"KILL {number}")
        while cursor.execute(listed):
            assert time.monotonic() < deadline, "a connection goes on"
            await asyncio.sleep(0.02)
    for _ in range(3):  # the sockets are closed by now: a round of the loop reads it
        await asyncio.sleep(0)


async def test_a_connection_that_the_server_has_ended_is_not_used_again(
    own: MariaDB, storage: Storage
) -> None:
    await asyncio.gather(*(use(storage, user) for user in range(1, 5)))
    await kill_connections(own)
    await asyncio.gather(*(use(storage, user) for user in range(10, 20)))
    assert await count(storage, "orders") == 14


async def test_a_frozen_server_is_given_up_in_time_and_wanted_again_afterwards(
    own: MariaDB, storage: Storage
) -> None:
    await asyncio.gather(*(use(storage, user) for user in range(1, 5)))
    own.pause()
    try:
        begun = time.monotonic()
        answers = await asyncio.gather(
            *(use(storage, user) for user in range(10, 22)), return_exceptions=True
        )
        assert time.monotonic() - begun < 3 * TIMEOUT + 2
        assert {type(answer) for answer in answers} == {StorageUnavailable}
    finally:
        own.resume()
    await asyncio.gather(*(use(storage, user) for user in range(30, 40)))
    async with storage.reading() as reader:
        rows = await reader.connection.fetch_all("SELECT user_id FROM orders WHERE user_id >= 30")
    assert len(rows) == 10


async def test_a_deadline_that_comes_just_when_the_connection_opens_is_kept(
    own: MariaDB, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    from aiomysql import connection

    opening = connection._open_connection

    async def late(*arguments: Any, **options: Any) -> Any:
        found = await opening(*arguments, **options)
        time.sleep(TIMEOUT + 0.2)  # the loop is busy; the deadline and the open connection arrive together
        return found

    await asyncio.gather(*(storage.ping() for _ in range(2)))
    await storage.close()
    await storage.open()
    await kill_connections(own)
    monkeypatch.setattr(connection, "_open_connection", late)
    own.pause()
    try:
        async with asyncio.timeout(4 * TIMEOUT):
            with pytest.raises(StorageUnavailable):
                await storage.ping()
    finally:
        own.resume()
    monkeypatch.undo()
    await storage.ping()


async def test_a_pool_that_is_all_in_use_makes_wait_in_turn_and_not_for_ever(storage: Storage) -> None:
    release, all_hold = asyncio.Event(), asyncio.Barrier(5)

    async def hold() -> None:
        async with storage.reading():
            await all_hold.wait()
            await release.wait()

    holders = [asyncio.create_task(hold()) for _ in range(4)]
    await all_hold.wait()
    with pytest.raises(StorageUnavailable, match="no connection free in time"):
        await storage.ping()
    waiting = asyncio.create_task(storage.ping())
    release.set()
    await asyncio.gather(*holders, waiting)


async def test_the_product_answers_503_while_the_database_is_frozen_and_200_afterwards(
    own: MariaDB, storage: Storage, tmp_path: Path, identity_folder: Path
) -> None:
    async with running(storage, tmp_path, identity_folder) as product:
        user = await product.login("li")
        friend = await user.add_patient()
        await user.get("catalog/")
        own.pause()
        try:
            begun = time.monotonic()
            gets = ("healthz/", "readyz/", "catalog/", "user/me/", "user/getOrderStatus/")
            answers = await asyncio.gather(
                *(user.send("GET", path) for path in gets),
                user.send("POST", "user/create1order/", data=order_fields(friend, product.day())),
            )
            assert [answer.status_code for answer in answers] == [503] * 6
            assert all(answer.headers["retry-after"] for answer in answers)
            assert time.monotonic() - begun < 4 * TIMEOUT + 2
        finally:
            own.resume()
        await user.get("healthz/")
        await user.order(friend, product.day())


async def test_tls_that_was_asked_for_and_is_not_there_is_refused(
    address: DatabaseSettings, tmp_path: Path
) -> None:
    from dataclasses import replace

    from tests.core.certificates import make_certificate

    certificate, _ = make_certificate(tmp_path)
    for authority in (str(certificate), str(tmp_path / "missing.pem")):
        storage = open_storage(replace(address, tls_ca=authority))
        with pytest.raises(StorageUnavailable):
            await storage.open()
        await storage.close()
