"""Turns at a number of connections, in order of arrival, and how long was waited for one."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import NamedTuple

from measures import database_wait_seconds


class PoolUse(NamedTuple):
    """Of one kind of connections: how many there may be, how many are in use, how many wait for one."""

    name: str
    size: int
    in_use: int
    waiting: int


class Turns:
    """``name``: which connections, as ``metrics/`` shows them. Who is served at once costs no measurement."""

    def __init__(self, name: str, size: int) -> None:
        self.name = name
        self.size = size
        self._free = size
        """While it is not 0, nobody waits."""
        self._queue: deque[asyncio.Future[None]] = deque()
        self._seconds = database_wait_seconds.labels(name)

    async def take(self, seconds: float | None = None) -> None:
        """Wait for a turn, which has to be given back. Raises TimeoutError after ``seconds``."""
        if self._free:
            self._free -= 1
            return
        loop = asyncio.get_running_loop()
        began = loop.time()
        turn = loop.create_future()
        self._queue.append(turn)
        deadline = None if seconds is None else loop.call_later(seconds, _too_late, turn)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled() and turn.exception() is None:  # the turn came just before
                self.give_back()
            raise
        finally:
            if deadline is not None:
                deadline.cancel()
            self._seconds.observe(loop.time() - began)

    def give_back(self) -> None:
        """The turn is the next one's who still waits."""
        while self._queue:
            turn = self._queue.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1

    def use(self) -> PoolUse:
        waiting = sum(not turn.done() for turn in self._queue)
        return PoolUse(self.name, self.size, self.size - self._free, waiting)


def _too_late(turn: asyncio.Future[None]) -> None:
    if not turn.done():
        turn.set_exception(TimeoutError())
