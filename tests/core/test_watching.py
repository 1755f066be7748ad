"""What is not wanted for a moment stays watched, and is told of as soon as it is wanted again."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator

import pytest
import uvloop
from tornado.ioloop import IOLoop

from startup.watching import WatchingLoop, watch


@pytest.fixture(params=[asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def runner(request: pytest.FixtureRequest) -> Iterator[asyncio.Runner]:
    with asyncio.Runner(loop_factory=request.param) as made:
        yield made


class Pair:
    """Two ends, of which one is watched; what of it was told."""

    def __init__(self, near: socket.socket, far: socket.socket) -> None:
        self.near, self.far = near, far
        self.told: asyncio.Queue[int] = asyncio.Queue()
        watch()
        loop = IOLoop.current()
        assert isinstance(loop, WatchingLoop)
        self.loop = loop
        loop.add_handler(near, self._tell, IOLoop.READ | IOLoop.ERROR)

    def _tell(self, _: object, events: int) -> None:
        self.told.put_nowait(events)
        self.near.recv(100)


def with_pair(runner: asyncio.Runner, work: Callable[[Pair], AsyncIterator[None]]) -> None:
    async def run() -> None:
        near, far = socket.socketpair()
        with near, far:
            near.setblocking(False)
            pair = Pair(near, far)
            async for _ in work(pair):
                for _ in range(3):  # what is sent through a pair is there when the loop looks next
                    await asyncio.sleep(0)
            pair.loop.remove_handler(near)
            assert not pair.loop._unwanted

    runner.run(run())


def test_what_comes_while_nobody_wants_it_is_told_of_later(runner: asyncio.Runner) -> None:
    async def work(pair: Pair) -> AsyncIterator[None]:
        pair.loop.update_handler(pair.near, IOLoop.ERROR)
        assert pair.near.fileno() in pair.loop.readers
        pair.far.send(b"x")
        yield
        assert pair.told.empty()
        assert pair.near.fileno() not in pair.loop.readers  # it would be told of again and again
        pair.loop.update_handler(pair.near, IOLoop.READ | IOLoop.ERROR)
        assert await asyncio.wait_for(pair.told.get(), 10) & IOLoop.READ

    with_pair(runner, work)


def test_what_is_wanted_again_before_anything_comes_was_watched_all_the_time(runner: asyncio.Runner) -> None:
    async def work(pair: Pair) -> AsyncIterator[None]:
        for _ in range(2):
            pair.loop.update_handler(pair.near, IOLoop.ERROR)
            yield
            pair.loop.update_handler(pair.near, IOLoop.READ | IOLoop.ERROR)
            pair.far.send(b"x")
            assert await asyncio.wait_for(pair.told.get(), 10) & IOLoop.READ
        pair.loop.update_handler(pair.near, IOLoop.ERROR)

    with_pair(runner, work)
