"""Many requests in a row at one server, and its memory every 50,000 of them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from bench.processes import Program
from bench.size.memory import Memory, growth, memory_of
from bench.size.traffic import Mixture, send

CONNECTIONS = 32
EVERY = 50_000
LEAST = 5 * EVERY
"""Fewer tell nothing of what comes after the warm-up."""
WARM_UP = 0.2
"""The part of the requests after which caches, pools and connections have what they will ever have."""
MAX_GROWTH_MB = 3.0
"""By a million requests: more is a leak. What is left is the allocator's, whose pages are never quite full."""


@dataclass(frozen=True)
class Soaked:
    """``samples``: requests so far, and the memory then."""

    samples: list[tuple[int, Memory]]
    failed: int
    seconds: float

    @property
    def growth_mb(self) -> float:
        """RSS a million requests, after the warm-up."""
        total = self.samples[-1][0]
        return growth([(at, memory.rss) for at, memory in self.samples if at >= total * WARM_UP])

    @property
    def is_good(self) -> bool:
        return not self.failed and self.growth_mb <= MAX_GROWTH_MB


async def soak(server: Program, tokens: Path, requests: int) -> Soaked:
    """Send them, in parts, to a server that is ready; prints the memory after each part."""
    mixture = Mixture(tokens, server.port)
    samples, failed, began = [(0, memory_of(server.pid))], 0, time.monotonic()
    _tell(samples[-1], 0.0)
    await mixture.prepare()
    sending = mixture.requests()
    for sent in range(EVERY, requests + 1, EVERY):
        failed += await send(sending, server.port, EVERY, CONNECTIONS)
        samples.append((sent, memory_of(server.pid)))
        _tell(samples[-1], time.monotonic() - began)
    return Soaked(samples, failed, time.monotonic() - began)


def _tell(sample: tuple[int, Memory], seconds: float) -> None:
    sent, memory = sample
    print(
        f"{sent:>9,} requests  {memory.rss:6.1f} MB RSS  {memory.uss:6.1f} USS  {seconds:5.0f} s", flush=True
    )


def verdict(soaked: Soaked) -> str:
    per_second = soaked.samples[-1][0] / soaked.seconds
    return (
        f"{soaked.samples[-1][0]:,} requests, {soaked.failed} not answered as they should be, {per_second:.0f} a "
        f"second; after the first {WARM_UP:.0%} the memory grows by {soaked.growth_mb:+.2f} MB a million requests: "
        f"{'good' if soaked.is_good else 'not good'} (every answer as expected, growth up to {MAX_GROWTH_MB:g} MB)"
    )
