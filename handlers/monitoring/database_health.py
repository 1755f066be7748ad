"""Does the database answer, and can it write? A full disk or a read-only replica still reads, and takes no order."""

from __future__ import annotations

import asyncio
import time

from clock import Clock
from storage import Contention, Storage, StorageError

BEAT_SECONDS = 5.0
"""A write that went well is believed for so long: no more is written, however often health is asked for."""
FAILURE_SECONDS = 1.0
"""The same for one that failed."""


class DatabaseHealth:
    """Asked by ``healthz/``, ``readyz/`` and ``metrics/`` of one process."""

    def __init__(self, storage: Storage, clock: Clock) -> None:
        self._storage = storage
        self._clock = clock
        self._turn = asyncio.Lock()
        self._good_until = 0.0
        self._bad_until = 0.0
        self._error: StorageError | None = None

    async def check(self) -> None:
        """Raises StorageUnavailable when the database does not answer, StorageNotWritable when it cannot write."""
        await self._storage.ping()
        if time.monotonic() < self._good_until:
            return
        async with self._turn:  # who waits here for another's write is answered by it
            now = time.monotonic()
            if now < self._good_until:
                return
            if now < self._bad_until and self._error is not None:
                raise self._error
            await self._beat()

    async def _beat(self) -> None:
        try:
            try:
                await self._storage.beat(self._clock())
            except Contention:
                pass  # another process is writing: it can
        except StorageError as error:
            self._error, self._bad_until = error, time.monotonic() + FAILURE_SECONDS
            raise
        self._good_until = time.monotonic() + BEAT_SECONDS
