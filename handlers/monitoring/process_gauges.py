"""How the server's processes do, in numbers for ``metrics/``: one process reads its own, several share files."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

import measures
from handlers.services import Services

REFRESH_SECONDS = 5.0
"""So old the gauges of another process may be."""


def refresh(services: Services, in_flight: int) -> None:
    """Set the gauges of this process to what is true now."""
    measures.processes.set(1)
    measures.requests_in_flight.set(in_flight)
    measures.draining.set(services.draining)
    for pool in services.storage.pools():
        measures.pool_size.labels(pool.name).set(pool.size)
        measures.pool_in_use.labels(pool.name).set(pool.in_use)
        measures.pool_waiting.labels(pool.name).set(pool.waiting)
    skew = services.payments.clock_skew_ms
    if skew is not None:
        measures.clock_skew_seconds.set(skew / 1000)


@asynccontextmanager
async def refreshing(services: Services, application: measures.Busy) -> AsyncIterator[None]:
    """While the block runs, other processes can read the gauges of this one."""
    if measures.shared_folder() is None:
        yield
        return

    async def again_and_again() -> None:
        while True:
            refresh(services, application.in_flight)
            await asyncio.sleep(REFRESH_SECONDS)

    task = asyncio.create_task(again_and_again())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def all_processes(own: CollectorRegistry) -> bytes:
    """Everything that was counted, by all processes of this server. ``own``: what an application of this process has
    counted, which the files of several processes hold as well."""
    folder = measures.shared_folder()
    if folder is None:
        return generate_latest(own) + generate_latest(measures.REGISTRY)
    together = CollectorRegistry()
    MultiProcessCollector(together, str(folder))  # type: ignore[no-untyped-call]
    together.register(_Processes(folder))
    return generate_latest(together)


class _Processes(Collector):
    """``process_…`` of each living process, told apart by ``pid``."""

    def __init__(self, folder: Path) -> None:
        self._pids = sorted(int(file.stem.rpartition("_")[2]) for file in folder.glob("gauge_livesum_*.db"))

    def collect(self) -> Iterator[Metric]:
        families: dict[str, Metric] = {}
        for pid in self._pids:
            if not os.path.exists(f"/proc/{pid}"):
                continue
            for found in ProcessCollector(pid=lambda pid=pid: pid, registry=None).collect():  # type: ignore[misc]
                family = families.setdefault(
                    found.name, Metric(found.name, found.documentation, found.type, found.unit)
                )
                for sample in found.samples:
                    family.add_sample(sample.name, {**sample.labels, "pid": str(pid)}, sample.value)
        yield from families.values()
