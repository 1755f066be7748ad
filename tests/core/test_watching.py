"""What is not wanted for a moment stays watched, and is told of as soon as it is wanted again."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager

import pytest
import uvloop
from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

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


class Slow(RequestHandler):
    """Answers with the length of the body, some turns of the loop after it has come."""

    came: asyncio.Event
    left: asyncio.Event

    async def post(self) -> None:
        for _ in range(self.request.body.count(b"w")):
            await asyncio.sleep(0)
        self.finish(f"{len(self.request.body)}!")

    async def get(self) -> None:
        self.came.set()
        await self.left.wait()

    def on_connection_close(self) -> None:
        self.left.set()


def test_every_request_is_answered_in_turn_whenever_its_parts_come(runner: asyncio.Runner) -> None:
    async def run() -> None:
        async with slow_server() as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            for lengths in (range(20), [5], [3, 70_000, 3], [40]):
                sending = asyncio.create_task(send(writer, lengths))
                for length in lengths:
                    answer = await asyncio.wait_for(reader.readuntil(b"!"), 10)
                    assert answer.endswith(f"\r\n\r\n{length}!".encode())
                await sending
            writer.close()

    runner.run(run())


async def send(writer: asyncio.StreamWriter, lengths: Iterable[int]) -> None:
    """The head, its body and the next head each come while the server does something else, or with one another."""
    for number, length in enumerate(lengths):
        writer.write(f"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: {length}\r\n\r\n".encode())
        for _ in range(number % 5):
            await asyncio.sleep(0)
        writer.write(b"w" * min(length, 40) + b"x" * max(0, length - 40))
        for _ in range(number % 7):
            await asyncio.sleep(0)


def test_a_client_that_goes_away_is_noticed_while_its_request_is_worked_on(runner: asyncio.Runner) -> None:
    async def run() -> None:
        Slow.came, Slow.left = asyncio.Event(), asyncio.Event()
        async with slow_server() as port:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 5\r\n\r\nwwwww")
            writer.write(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
            await asyncio.wait_for(Slow.came.wait(), 10)
            writer.close()
            await asyncio.wait_for(Slow.left.wait(), 10)

    runner.run(run())


@asynccontextmanager
async def slow_server() -> AsyncIterator[int]:
    watch()
    sockets = bind_sockets(0, "127.0.0.1")
    server = HTTPServer(Application([("/", Slow)]))
    server.add_sockets(sockets)
    try:
        yield sockets[0].getsockname()[1]
    finally:
        server.stop()
        await server.close_all_connections()
    loop = IOLoop.current()
    assert isinstance(loop, WatchingLoop)
    assert not loop._unwanted
