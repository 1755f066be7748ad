"""A connection on which no request comes is closed, and no other one."""

from __future__ import annotations

import asyncio
from socket import IPPROTO_TCP, TCP_NODELAY
from urllib.parse import urlsplit

import pytest

from handlers import connections
from handlers.monitoring.health import HealthHandler
from tests.http.product import Product

HEAD = b"GET /healthz/ HTTP/1.1\r\nHost: here\r\n"


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "IDLE_SECONDS", 0.3)


async def connected(product: Product) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    address = urlsplit(product.root)
    return await asyncio.open_connection(address.hostname, address.port)


async def answer(reader: asyncio.StreamReader) -> bytes:
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    return head + await reader.readexactly(length)


@pytest.mark.parametrize("sent", [b"", HEAD])
async def test_a_connection_without_a_whole_head_is_closed(product: Product, sent: bytes) -> None:
    reader, writer = await connected(product)
    writer.write(sent)
    assert await asyncio.wait_for(reader.read(), 10) == b""
    writer.close()


async def test_a_connection_is_closed_after_its_last_answer(product: Product) -> None:
    reader, writer = await connected(product)
    for _ in range(2):
        writer.write(HEAD + b"\r\n")
        assert (await answer(reader)).startswith(b"HTTP/1.1 200 ")
    assert await asyncio.wait_for(reader.read(), 10) == b""
    writer.close()


async def test_a_request_may_take_longer(product: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    others_are_closed = asyncio.Event()

    async def prepare(self: HealthHandler) -> None:
        await others_are_closed.wait()

    monkeypatch.setattr(HealthHandler, "prepare", prepare)
    reader, writer = await connected(product)
    writer.write(HEAD + b"\r\n")
    for _ in range(2):
        idle, other = await connected(product)
        assert await asyncio.wait_for(idle.read(), 10) == b""
        other.close()
    others_are_closed.set()
    assert (await answer(reader)).startswith(b"HTTP/1.1 200 ")
    writer.close()


async def test_nothing_is_kept_of_a_connection_that_is_closed(product: Product) -> None:
    open_ones = product.application.connections
    for sent in (b"", HEAD + b"\r\n"):
        reader, writer = await connected(product)
        writer.write(sent)
        if sent:
            await answer(reader)
        assert await asyncio.wait_for(reader.read(), 10) == b""
        writer.close()
    assert not open_ones._waiting
    assert not open_ones._used


async def test_what_is_answered_is_sent_at_once(product: Product) -> None:
    """A connection holds nothing back, before, between and after its answers."""
    reader, writer = await connected(product)
    for _ in range(2):
        writer.write(HEAD + b"\r\n")
        await answer(reader)
        (ours,) = product.application.connections._used
        socket = ours.stream.socket
        assert socket.getsockopt(IPPROTO_TCP, TCP_NODELAY)
    writer.close()
