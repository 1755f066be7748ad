"""Rows that wait for a moment and are claimed by one process at a time: attempts, refunds, messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from clock import DAY
from storage.claims import ends_by, too_late, unclaimed
from storage.connection import Connection, Row
from storage.repositories.base import Mapped, Repository


class QueuedRow(Protocol):
    @property
    def id(self) -> int: ...
    @property
    def claimed_until(self) -> int: ...


Item = TypeVar("Item", bound=QueuedRow)


async def due_rows(
    connection: Connection, rows: str, column: str, moments: tuple[int, int], values: Mapping[str, Any]
) -> Sequence[Row]:
    """Of ``rows`` (a SELECT with its WHERE, and ``:limit`` among its ``values``) those that are due by ``column``, the
    longest due first. ``moments``: now, and from when on a moment is one that nobody can have meant."""
    at, never = moments
    due, misdated = await connection.together(
        connection.fetch_all(
            f"{rows} AND {column} <= :at ORDER BY {column}, id LIMIT :limit", {**values, "at": at}
        ),
        connection.fetch_all(
            f"{rows} AND {column} > :never ORDER BY {column}, id LIMIT :limit", {**values, "never": never}
        ),
    )
    return [*due, *misdated][: values["limit"]]


class Queue(Repository, Generic[Item]):
    """A table with ``claimed_until`` and a column for the next moment, NULL when nothing is left to do."""

    mapped: ClassVar[Mapped[Item]]
    due_column: ClassVar[str] = "next_query_at"
    max_pause: ClassVar[int] = DAY
    """No row is ever put off for longer (ms): what is planned for later is due now."""

    async def due(self, at: int, limit: int) -> list[Item]:
        """Rows that are due and not claimed, in the order in which they became due."""
        free, values = unclaimed(at)
        moments = at, too_late(at, self.max_pause)
        rows = f"{self.mapped.select} WHERE {free}"
        values["limit"] = limit
        return self.mapped.all(await due_rows(self.connection, rows, self.due_column, moments, values))

    async def claim(self, item: Item, at: int, until: int) -> bool:
        """Take the row, as it was read, for one try; False when another process was quicker, even one that is done
        with it by now. Raises ValueError for a claim that is too long."""
        free, values = unclaimed(at)
        changed = await self._update(
            self.mapped.table,
            {"claimed_until": ends_by(at, until)},
            f"id = :id AND claimed_until = :seen AND {free} AND {self.due_column} = :planned",
            {
                "id": item.id,
                "seen": item.claimed_until,
                "planned": getattr(item, self.due_column),
                **values,
            },
        )
        return bool(changed)

    async def backlog(self, at: int) -> int:
        """How many rows are due, claimed or not."""
        rows = f"SELECT COUNT(*) FROM {self.mapped.table} WHERE {self.due_column}"
        return await self._count(
            f"SELECT ({rows} <= :at) + ({rows} > :never)", {"at": at, "never": too_late(at, self.max_pause)}
        )


class QueryQueue(Queue[Item]):
    """A queue of what WeChat is asked about, again and again until the answer is final."""

    kept_error: ClassVar[str] = "1 = 0"
    """When the error of before stays, as SQL."""

    async def reschedule(self, item_id: int, next_query_at: int | None, error: str = "") -> None:
        """Release the claim and say when to ask next (None: never again). What is final stays final: a failure that
        somebody saw while somebody else ended it is no longer true."""
        await self.connection.execute(  # MariaDB sets from left to right: the error looks at what was planned before
            f"UPDATE {self.mapped.table} SET claimed_until = 0, query_count = query_count + 1, "
            f"last_error = CASE WHEN {self.kept_error} AND :error = '' OR next_query_at IS NULL AND :error <> '' "
            "THEN last_error ELSE :error END, "
            "next_query_at = CASE WHEN next_query_at IS NULL THEN NULL ELSE :next END "
            "WHERE id = :id",
            {"id": item_id, "next": next_query_at, "error": error[:127]},
        )

    async def make_due(self, item_id: int, at: int) -> None:
        """Ask at the next opportunity, unless the answer is final."""
        await self.connection.execute(
            f"UPDATE {self.mapped.table} SET next_query_at = :at WHERE id = :id AND next_query_at > :at",
            {"id": item_id, "at": at},
        )
