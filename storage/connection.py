"""What a repository needs of an engine: a connection that runs SQL and returns plain rows."""

from __future__ import annotations

import abc
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any, NoReturn

from storage.errors import TransactionOver

Row = tuple[Any, ...]
Parameters = Mapping[str, Any]
NOTHING: Parameters = {}


async def in_turn(*reads: Coroutine[Any, Any, Any]) -> list[Any]:
    """One after the other: where a trip costs nothing."""
    try:
        return [await read for read in reads]
    finally:
        for read in reads:
            read.close()


class Connection(abc.ABC):
    """One connection in use. SQL is the subset that both engines support, with ``:name`` parameters."""

    lock: str
    """Appended to a SELECT: locks the rows until the transaction ends. Empty where the engine has one writer."""
    shared_lock: str
    """The same for those who only want that nobody else changes the rows meanwhile: they do not wait for each other."""

    @abc.abstractmethod
    def index_hint(self, index: str = "") -> str:
        """Put behind a table's name: its rows are read along this index, or, without one, by their id.

        For lists alone. Left to itself, an engine that has no statistics, or has misleading ones, reads a list
        along an index that is not in its order and sorts, or begins every page at the first one.
        """

    @abc.abstractmethod
    async def together(self, *reads: Coroutine[Any, Any, Any]) -> list[Any]:
        """What repositories' reads give, in their order: each is one SELECT, and all of them go in one trip. A lock
        that one of them takes is held when the next one reads. Raises what the first one that fails raises."""

    @abc.abstractmethod
    async def certify(self, name: str) -> None:
        """Of the transactions that call this with the same name at once, only one commits; the others are told
        Contention, at the latest by their commit. Only on a cluster, whose nodes know nothing of each other's row
        locks and compare what was written: elsewhere a row lock does it, and this does nothing."""

    @abc.abstractmethod
    async def execute(self, sql: str, parameters: Parameters = NOTHING) -> int:
        """Run a statement; the number of rows that its WHERE clause matched. Raises StorageError."""

    @abc.abstractmethod
    async def insert(self, sql: str, parameters: Parameters) -> int:
        """Run an INSERT; the new row's id. Raises Duplicate, StorageError."""

    @abc.abstractmethod
    async def fetch_all(self, sql: str, parameters: Parameters = NOTHING) -> Sequence[Row]:
        """All rows of a SELECT. Raises StorageError."""

    @abc.abstractmethod
    async def fetch_one(self, sql: str, parameters: Parameters = NOTHING) -> Row | None:
        """The first row of a SELECT, or None. Raises StorageError."""


class _Over(Connection):
    """Of a transaction that is over."""

    lock = shared_lock = ""

    def index_hint(self, index: str = "") -> str:
        return ""

    async def together(self, *reads: Coroutine[Any, Any, Any]) -> NoReturn:
        for read in reads:
            read.close()
        raise TransactionOver

    async def certify(self, name: str) -> NoReturn:
        raise TransactionOver

    async def execute(self, sql: str, parameters: Parameters = NOTHING) -> NoReturn:
        raise TransactionOver

    async def insert(self, sql: str, parameters: Parameters) -> NoReturn:
        raise TransactionOver

    async def fetch_all(self, sql: str, parameters: Parameters = NOTHING) -> NoReturn:
        raise TransactionOver

    async def fetch_one(self, sql: str, parameters: Parameters = NOTHING) -> NoReturn:
        raise TransactionOver


OVER = _Over()
