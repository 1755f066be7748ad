"""What speaks to WeChat is made with the first request, once, and ends with its client."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

import transport
from transport import open_client

REPLY = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


class Peer:
    """Answers every request; ``connections`` counts who came, ``open`` who is still there."""

    def __init__(self) -> None:
        self.connections = 0
        self.open = 0
        self.left = asyncio.Event()

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open += 1
        try:
            while True:
                await reader.readuntil(b"\r\n\r\n")
                writer.write(REPLY)
                await writer.drain()
        except asyncio.IncompleteReadError:
            self.open -= 1
            self.left.set()
        finally:
            writer.close()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        server = await asyncio.start_server(self.talk, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            yield f"http://127.0.0.1:{port}/"


async def test_requests_share_what_the_first_has_opened_and_the_end_of_the_client_closes_it() -> None:
    peer = Peer()
    async with peer.listening() as address:
        client = open_client(address)
        for _ in range(3):
            assert (await client.get("")).json() == {}
        assert (peer.connections, peer.open) == (1, 1)
        await client.aclose()
        await asyncio.wait_for(peer.left.wait(), 10)
        assert peer.open == 0


async def test_the_first_requests_at_once_open_one_network() -> None:
    peer = Peer()
    async with peer.listening() as address, open_client(address) as client:
        await asyncio.gather(*(client.get("") for _ in range(5)))
        first = peer.connections
        for _ in range(5):
            await client.get("")
        assert first == peer.connections <= 5, "each of them is used again"


async def test_a_client_that_was_never_used_closes() -> None:
    client = open_client("http://127.0.0.1:9/")
    await client.aclose()
    assert client.is_closed


async def test_a_network_that_cannot_be_opened_was_not_reached_and_is_opened_by_the_next_request(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def no_file() -> None:
        raise OSError(24, "Too many open files")

    peer = Peer()
    async with peer.listening() as address, open_client(address) as client:
        with monkeypatch.context() as patch:
            patch.setattr(transport, "_trusted_roots", no_file)
            with pytest.raises(httpx.ConnectError, match="not opened"):
                await client.get("")
        assert peer.connections == 0
        assert (await client.get("")).json() == {}
