"""What an escort's career comes to: finished visits and their ratings, kept as a row beside the escort
(``escort_records``), so that no page counts all visits again; and counted from the orders, to compare.
``orders/escorts/records.py`` says when the row changes.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from storage.connection import Row
from storage.models import OrderState
from storage.repositories.base import Repository, in_list
from storage.repositories.escort_jobs import MAX_STARS
from storage.views import EscortRecord


class EscortRecords(Repository):
    async def of(self, escort_ids: set[int]) -> dict[int, EscortRecord]:
        """What is kept, by escort; who has no finished visit is left out. Never less than nothing, which a row can say
        for minutes: a process of 1.0.0 finished a visit beside it, and one of today reopened it."""
        rows = await self._rows(escort_ids)
        return {
            int(row[0]): EscortRecord(*(max(0, int(each)) for each in row[1:])) for row in rows if row[1] > 0
        }

    async def as_they_are(self, escort_ids: set[int]) -> dict[int, EscortRecord]:
        """The rows as they are, right or wrong, to compare with what is ``counted``."""
        return {
            int(row[0]): EscortRecord(*(int(each) for each in row[1:]))
            for row in await self._rows(escort_ids)
            if any(row[1:])
        }

    async def _rows(self, escort_ids: set[int]) -> Sequence[Row]:
        if not escort_ids:
            return []
        in_sql, marks = in_list("id", sorted(escort_ids))
        return await self.connection.fetch_all(
            f"SELECT escort_id, finished, ratings, stars FROM escort_records WHERE escort_id IN {in_sql}",
            marks,
        )

    async def counted(self, escort_ids: set[int]) -> dict[int, EscortRecord]:
        """The same counted from the orders, along an index alone: all that these escorts ever finished is read."""
        if not escort_ids:
            return {}
        _, marks = in_list("id", sorted(escort_ids))
        escorts = " UNION ALL ".join(f"SELECT :{mark} AS id" for mark in marks)
        hint = self.connection.index_hint("ix_orders_escort_id_state_stars")
        # Counts of one number of stars each: SQLite takes a fifth of what a sum over all of them takes.
        counts = ", ".join(
            f"(SELECT COUNT(*) FROM orders o{hint} "
            f"WHERE o.escort_id = e.id AND o.state = :finished AND o.stars = {stars})"
            for stars in range(MAX_STARS + 1)
        )
        rows = await self.connection.fetch_all(
            f"SELECT e.id, {counts} FROM ({escorts}) e",
            {**marks, "finished": OrderState.FINISHED},
        )
        return {int(escort_id): _record(rated) for escort_id, *rated in rows if any(rated)}

    async def escorts_after(self, escort_id: int, limit: int) -> list[int]:
        """The ids of the next escorts."""
        rows = await self.connection.fetch_all(
            "SELECT id FROM escorts WHERE id > :after ORDER BY id LIMIT :limit",
            {"after": escort_id, "limit": limit},
        )
        return [int(row[0]) for row in rows]

    async def add(self, escort_id: int, change: EscortRecord) -> None:
        """Count more, or with negative numbers less. The escort must be locked: the first row is made once."""
        values = {"escort_id": escort_id, **dataclasses.asdict(change)}
        if not await self.connection.execute(
            "UPDATE escort_records SET finished = finished + :finished, ratings = ratings + :ratings, "
            "stars = stars + :stars WHERE escort_id = :escort_id",
            values,
        ):
            await self._insert("escort_records", values)

    async def keep(self, escort_id: int, record: EscortRecord) -> None:
        """Write the row anew. The escort must be locked."""
        await self.connection.execute(
            "DELETE FROM escort_records WHERE escort_id = :escort_id", {"escort_id": escort_id}
        )
        await self._insert("escort_records", {"escort_id": escort_id, **dataclasses.asdict(record)})


def _record(rated: list[int]) -> EscortRecord:
    """``rated``: how many finished visits have no star, one star, and so on."""
    return EscortRecord(sum(rated), sum(rated[1:]), sum(stars * count for stars, count in enumerate(rated)))
