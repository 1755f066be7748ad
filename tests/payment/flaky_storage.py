"""A storage that fails on demand: before the n-th statement of every transaction, commit included."""

from __future__ import annotations

from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any

from storage import Storage, StorageUnavailable, Transaction
from storage.connection import Connection, Parameters, Row, in_turn
from storage.turns import PoolUse


class FlakyConnection(Connection):
    """Counts statements, and loses the connection before the one that was chosen."""

    def __init__(self, inner: Connection, fail_at: int) -> None:
        self._inner = inner
        self._left = fail_at
        self.lock = inner.lock
        self.shared_lock = inner.shared_lock

    def index_hint(self, index: str = "") -> str:
        return self._inner.index_hint(index)

    def _count(self) -> None:
        if self._left == 0:
            raise StorageUnavailable("injected: the connection was lost")
        self._left -= 1

    async def certify(self, name: str) -> None:
        await self._inner.certify(name)

    async def execute(self, sql: str, parameters: Parameters = {}) -> int:  # noqa: B006
        self._count()
        return await self._inner.execute(sql, parameters)

    async def insert(self, sql: str, parameters: Parameters) -> int:
        self._count()
        return await self._inner.insert(sql, parameters)

    async def fetch_all(self, sql: str, parameters: Parameters = {}) -> Sequence[Row]:  # noqa: B006
        self._count()
        return await self._inner.fetch_all(sql, parameters)

    async def fetch_one(self, sql: str, parameters: Parameters = {}) -> Row | None:  # noqa: B006
        self._count()
        return await self._inner.fetch_one(sql, parameters)

    async def together(self, *reads: Coroutine[Any, Any, Any]) -> list[Any]:
        return await in_turn(*reads)


class FlakyStorage(Storage):
    """Every transaction fails before its statement ``fail_at`` (from 0); a negative one never comes."""

    def __init__(self, inner: Storage, fail_at: int) -> None:
        self._inner = inner
        self._fail_at = fail_at

    async def open(self) -> None:
        """The inner storage is open already."""

    async def close(self) -> None:
        """The opener of the inner storage closes it."""

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        async with self._inner.transaction() as inner:
            tx = Transaction(FlakyConnection(inner.connection, self._fail_at))
            try:
                yield tx
            finally:
                inner.committed = tx.committed

    def reading(self) -> Any:
        return self._inner.reading()

    def pools(self) -> list[PoolUse]:
        return self._inner.pools()

    async def durability(self) -> dict[str, str]:
        return await self._inner.durability()
