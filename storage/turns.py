"""Turns at a number of connections, in order of arrival, and how long was waited for one."""

from __future__ import annotations

import asyncio
import time
from typing import Literal, NamedTuple

from measures import database_wait_seconds


class PoolUse(NamedTuple):
    """Of one kind of connections: how many there may be, how many are in use, how many wait for one."""

    name: str
    size: int
    in_use: int
    waiting: int


class Turns(asyncio.Semaphore):
    """``name``: which connections, as ``metrics/`` shows them. Who is served at once costs no measurement."""

    def __init__(self, name: str, size: int) -> None:
        super().__init__(size)
        self.name = name
        self.size = size
        self.waiting = 0
        self._seconds = database_wait_seconds.labels(name)

    async def acquire(self) -> Literal[True]:
        if not self.locked():
            return await super().acquire()
        self.waiting += 1
        began = time.perf_counter()
        try:
            return await super().acquire()
        finally:
            self.waiting -= 1
            self._seconds.observe(time.perf_counter() - began)

    def use(self) -> PoolUse:
        return PoolUse(self.name, self.size, self.size - self._value, self.waiting)
