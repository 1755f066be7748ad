"""The storage interface: one way to work, whichever engine stands behind it.

    async with storage.transaction() as tx:
        order = await tx.orders.lock(order_id)
        …
        await tx.commit()

Leaving the block without ``commit`` rolls back. Reads that need no transaction use ``storage.reading()``.
Work that may meet a deadlock is passed to ``storage.run``, which runs it again, a bounded number of times.
"""

from __future__ import annotations

import abc
import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from functools import cached_property
from typing import TypeVar

from storage.connection import OVER
from storage.errors import Contention, StorageNotWritable, StorageUnavailable
from storage.reader import Reader
from storage.repositories.base import Repository
from storage.repositories.imports import Imports
from storage.turns import PoolUse

T = TypeVar("T")
ATTEMPTS_AT_CONTENTION = 5
MAX_PAUSE = 0.2
"""Seconds before work is run again."""


class Transaction(Reader):
    """A transaction: nothing of it stays unless ``commit`` was awaited."""

    committed = False
    commit_sent = False
    """From now on nobody knows, when the connection is lost."""

    @cached_property
    def imports(self) -> Imports:
        return Imports(self.connection)

    async def commit(self) -> None:
        """Make everything done so far durable. Raises StorageUnavailable when the outcome is not known."""
        self.commit_sent = True
        await self.connection.execute("COMMIT")
        self.committed = True
        self.end()

    def end(self) -> None:
        """It was committed or rolled back, by us or by the engine. Who goes on with it is told TransactionOver: each
        statement would be a transaction of its own, or belong to whoever has the connection next."""
        self.connection = OVER
        for made in self.__dict__.values():
            if isinstance(made, Repository):
                made.connection = OVER


class Storage(abc.ABC):
    """A database. ``open`` before use, ``close`` at the end."""

    attempts_at_contention = ATTEMPTS_AT_CONTENTION
    other_servers = 0
    """How many servers may take over when the one in use fails."""

    @abc.abstractmethod
    async def open(self) -> None:
        """Connect and verify the settings that durability depends on. Raises StorageUnavailable."""

    @abc.abstractmethod
    async def close(self) -> None:
        """Close every connection."""

    @abc.abstractmethod
    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        """A transaction that sees committed rows and may write."""

    @abc.abstractmethod
    def reading(self) -> AbstractAsyncContextManager[Reader]:
        """The cheap path: single statements, each on its own, that only read."""

    @abc.abstractmethod
    def pools(self) -> list[PoolUse]:
        """How many connections are in use now, and how many wait for one."""

    @abc.abstractmethod
    async def durability(self) -> dict[str, str]:
        """The engine's own words for the settings that decide whether a commit survives a crash."""

    async def ping(self) -> None:
        """Raises StorageUnavailable when the database does not answer."""
        async with self.reading() as reader:
            await reader.connection.fetch_one("SELECT 1")

    async def beat(self, at: int) -> None:
        """Write one row and commit it. Raises StorageUnavailable when the database does not answer, StorageNotWritable
        when it answers and cannot write (a full disk, read-only)."""
        async with self.transaction() as tx:
            await tx.alarms.beat(at)
            await tx.commit()

    async def run(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """Run ``work`` in a transaction and commit; again, a bounded number of times, when the database asks for it, or
        when its server was lost before the commit and another one may take over.

        ``work`` must not do anything outside the transaction that cannot be done twice.
        """
        for attempt in range(1, self.attempts_at_contention + 1):
            tx: Transaction | None = None
            try:
                async with self.transaction() as tx:
                    result = await work(tx)
                    await tx.commit()
                    return result
            except Contention:
                if attempt == self.attempts_at_contention:
                    raise
                await asyncio.sleep(min(random.uniform(0.005, 0.03) * attempt, MAX_PAUSE))  # noqa: S311
            except StorageNotWritable:
                raise
            except StorageUnavailable:
                if attempt > self.other_servers or (tx is not None and tx.commit_sent):
                    raise
        raise AssertionError("unreachable")
