"""Starts a server again and again: how long until it answers, and what it holds while it has nothing to do."""

from __future__ import annotations

import http.client
import time
from dataclasses import dataclass

from bench.processes import HOST, Program, Site
from bench.size.memory import Memory, memory_of, spread

LOOK_EVERY_SECONDS = 0.002
IDLE_SECONDS = 2.0
"""From the first answer to the look at the memory: what a start leaves to be done is done by then."""
PATIENCE_SECONDS = 60.0


@dataclass(frozen=True)
class Start:
    """Seconds from the start of the process to the first 200 of each address, and the server's own processor time."""

    healthz: float
    readyz: float
    processor: float
    memory: Memory


async def measured_starts(site: Site, count: int) -> list[Start]:
    """The first one makes the database, and is not counted among the others: it comes first in the list."""
    made = []
    for _ in range(count + 1):
        made.append(_start(site.server))
        await site.server.stop()
    return made


def _start(server: Program) -> Start:
    began = time.monotonic()
    server.start()
    healthz = _answers(server.port, "/healthz/", began)
    readyz = _answers(server.port, "/readyz/", began)
    processor = server.processor_seconds()
    time.sleep(IDLE_SECONDS)
    return Start(healthz, readyz, processor, memory_of(server.pid))


def _answers(port: int, path: str, began: float) -> float:
    """Seconds since ``began`` when the first 200 has come. Raises TimeoutError."""
    while time.monotonic() - began < PATIENCE_SECONDS:
        connection = http.client.HTTPConnection(HOST, port, timeout=5)
        try:
            connection.request("GET", path)
            if connection.getresponse().status == 200:
                return time.monotonic() - began
        except OSError:
            """Nobody listens yet."""
        finally:
            connection.close()
        time.sleep(LOOK_EVERY_SECONDS)
    raise TimeoutError(f"{path} was not answered")


def lines(starts: list[Start]) -> list[str]:
    """What there is to say about them."""
    first, *later = starts
    memory = [each.memory for each in later]
    return [
        f"first start, which makes the database: ready after {first.healthz:.2f} s, {first.memory.rss:.0f} MB",
        f"{len(later)} starts: median (least–most)",
        f"  healthz/ answers after  {spread([each.healthz for each in later], 2)} s",
        f"  readyz/ answers after   {spread([each.readyz for each in later], 2)} s",
        f"  processor time          {spread([each.processor for each in later], 2)} s",
        f"  idle memory, RSS        {spread([each.rss for each in memory], 1)} MB",
        f"  PSS                     {spread([each.pss for each in memory], 1)} MB",
        f"  USS                     {spread([each.uss for each in memory], 1)} MB",
    ]
