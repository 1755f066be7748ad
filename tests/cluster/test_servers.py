"""Servers of which each uses a node of its own: what one has written the others know at once, and count with it."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from tornado.ioloop import IOLoop

from clock import MINUTE
from sandbox import load_identity
from storage import Storage
from tests.http.client import Client
from tests.http.product import Product, running

LIMITS = {"order_per_minute": 6, "login_per_minute": 0, "write_per_minute": 0}


@pytest.fixture
def products(storages: list[Storage], io_loop: IOLoop, tmp_path: Path) -> Iterator[list[Product]]:
    """A server on each node. They have a stand-in each, whose folders nobody shares."""
    stack = AsyncExitStack()
    load_identity(tmp_path / "identity")

    async def start() -> list[Product]:
        return [
            await stack.enter_async_context(
                running(storage, tmp_path / str(number), tmp_path / "identity", limits=LIMITS)
            )
            for number, storage in enumerate(storages)
        ]

    yield io_loop.run_sync(start)
    io_loop.run_sync(functools.partial(stack.__aexit__, None, None, None))


async def node_of(storage: Storage) -> str:
    """On which node it writes."""
    async with storage.transaction() as tx:
        row = await tx.connection.fetch_one("SELECT @@wsrep_node_name")
    assert row is not None
    return str(row[0])


@pytest.mark.promise(44)
async def test_each_server_writes_on_its_own_node(products: list[Product]) -> None:
    assert [await node_of(product.storage) for product in products] == ["node0", "node1", "node2"]


@pytest.mark.promise(44)
async def test_a_session_is_known_on_the_other_nodes_at_once_and_its_end_too(products: list[Product]) -> None:
    for number in range(15):
        here, there, third = (products[(number + turn) % 3] for turn in range(3))
        user = await here.login(f"user{number}")
        elsewhere = [await each.client(user.warrant) for each in (there, third)]
        for client in elsewhere:
            assert (await client.send("GET", "user/me/")).status_code == 200
        await elsewhere[0].post("user/logout/")
        for client in (user, *elsewhere):
            assert (await client.send("GET", "user/me/")).status_code == 401


@pytest.mark.promise(22, 44)
async def test_requests_to_all_nodes_are_counted_together(products: list[Product]) -> None:
    user = await products[0].login("li")
    clients: list[Client] = [await each.client(user.warrant) for each in products]
    answers = [
        (await clients[number % 3].send("POST", "user/pay1order/", data={"id": 99})).status_code
        for number in range(9)
    ]
    assert answers == [404] * 6 + [429] * 3
    for product in products:
        product.clock.move(MINUTE)
    assert (await clients[2].send("POST", "user/pay1order/", data={"id": 99})).status_code == 404
