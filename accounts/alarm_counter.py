"""Alarms for the operator that strangers can cause: counted in memory, written in few and small steps.

However many forged notifications come, the database sees one transaction in ten seconds, and one row a reason and day.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict
from dataclasses import dataclass

from clock import Clock, shanghai_date
from storage import Storage, StorageError, Transaction

logger = logging.getLogger("hospital.alarms")

WRITE_SECONDS = 10.0
CLOSE_SECONDS = 3.0


@dataclass
class _Count:
    times: int = 0
    address: str = ""
    at: int = 0


class AlarmCounter:
    """``close`` writes what is still waiting; without an event loop nothing is written."""

    def __init__(self, storage: Storage, clock: Clock) -> None:
        self._storage = storage
        self._clock = clock
        self._waiting: defaultdict[tuple[str, str, str], _Count] = defaultdict(_Count)
        self._task: asyncio.Task[None] | None = None
        self._written_at = 0.0
        self._writing = asyncio.Lock()

    def note(self, event: str, reason: str, address: str) -> None:
        """One more. ``reason`` is one of few slugs, never what was sent."""
        at = self._clock()
        count = self._waiting[shanghai_date(at), event, reason]
        count.times += 1
        count.address, count.at = address, at
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._write_in_time(), name="alarms")

    async def _write_in_time(self) -> None:
        while self._waiting:
            await asyncio.sleep(max(self._written_at + WRITE_SECONDS - time.monotonic(), 0.0))
            await self.write()

    async def write(self) -> None:
        """Write what is waiting, after a write that has begun; it stays queued while the database is unavailable."""
        async with self._writing:
            if self._waiting:
                await self._write_waiting()

    async def _write_waiting(self) -> None:
        self._written_at = time.monotonic()
        counts, self._waiting = self._waiting, defaultdict(_Count)

        async def add(tx: Transaction) -> None:
            for (day, event, reason), count in sorted(counts.items()):  # one order of locks in all processes
                await tx.alarms.count(day, event, reason, count.times, count.address, count.at)

        try:
            await self._storage.run(add)
        except BaseException as error:
            for key, count in counts.items():
                self._waiting[key].times += count.times
                if self._waiting[key].at < count.at:
                    self._waiting[key].address, self._waiting[key].at = count.address, count.at
            if not isinstance(error, StorageError):
                raise
            logger.warning("alarms could not be written, they wait: %s", error)

    async def close(self) -> None:
        """A write that has begun is waited for, as one that is cut short at its commit would be counted twice."""
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await self.write()
        except TimeoutError:
            logger.warning("alarms could not be written before the end")
        finally:
            if self._task is not None:
                self._task.cancel()
                await asyncio.gather(self._task, return_exceptions=True)
