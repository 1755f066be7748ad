"""Sends requests over keep-alive connections for some seconds: a program of its own, so that what it costs is counted
nowhere.

    python -m bench.api.load < order.json > outcome.json
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

import uvloop

HEAD_END = b"\r\n\r\n"
LENGTH = b"content-length: "


class Load:
    """What is to be sent, and what came of it."""

    def __init__(self, requests: Iterator[bytes], until: float) -> None:
        self.requests = requests
        self.until = until
        self.times: list[float] = []
        self.failed = 0
        self.open = 0
        self.over = asyncio.Event()


class Client(asyncio.Protocol):
    """One connection: a request at a time."""

    transport: asyncio.Transport

    def __init__(self, load: Load) -> None:
        self._load = load
        self._received = b""
        self._began = 0.0

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self._load.open += 1
        self._send()

    def _send(self) -> None:
        self._began = time.perf_counter()
        if self._began >= self._load.until:
            self.transport.close()
        else:
            self.transport.write(next(self._load.requests))

    def data_received(self, data: bytes) -> None:
        self._received = received = self._received + data if self._received else data
        end = received.find(HEAD_END)
        if end < 0:
            return
        head = received[:end].lower()
        start = head.index(LENGTH) + len(LENGTH)
        stop = head.find(b"\r\n", start)
        if len(received) < end + 4 + int(head[start : stop if stop > 0 else end]):
            return
        self._received = b""
        self._load.times.append(time.perf_counter() - self._began)
        if self._is_failure(received[9:12]):
            self._load.failed += 1
        self._send()

    def _is_failure(self, status: bytes) -> bool:
        return status != b"200"

    def connection_lost(self, error: Exception | None) -> None:
        if time.perf_counter() < self._load.until:
            self._load.failed += 1
        self._load.open -= 1
        if not self._load.open:
            self._load.over.set()


def raw(method: str, path: str, token: str, body: bytes = b"") -> bytes:
    """A request as it goes over the wire."""
    lines = [f"{method} {path} HTTP/1.1", "Host: bench", f"Authorization: Bearer {token}", "Accept: */*"]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


def requests_of(order: dict[str, Any]) -> Iterator[bytes]:
    """``tokens``: a file with a user's token a line. ``bodies``: a file with a body a line, each sent once."""
    tokens = Path(order["tokens"]).read_text().split()
    if "bodies" not in order:
        return cycle([raw(order["method"], order["path"], token) for token in tokens])
    bodies = Path(order["bodies"]).read_bytes().splitlines()[order["skip"] :]
    return (
        raw(order["method"], order["path"], token, body)
        for token, body in zip(cycle(tokens), bodies, strict=False)
    )


async def run(order: dict[str, Any]) -> dict[str, Any]:
    load = Load(requests_of(order), time.perf_counter() + order["seconds"])
    began = time.perf_counter()
    loop = asyncio.get_running_loop()
    for _ in range(order["connections"]):
        await loop.create_connection(lambda: Client(load), "127.0.0.1", order["port"])
    await load.over.wait()
    return {"times": load.times, "failed": load.failed, "seconds": time.perf_counter() - began}


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        json.dump(runner.run(run(json.load(sys.stdin))), sys.stdout)
