"""Days that cannot be booked: blocked ones, and the lock under which the places of a day are counted."""

from __future__ import annotations

import dataclasses

from storage.errors import Contention, Duplicate
from storage.models import BlockedDay, OrderState
from storage.repositories.base import Mapped, Repository
from storage.views import PlacesTaken

_BLOCKED = Mapped("blocked_days", BlockedDay)
_HALF = "CASE WHEN visit_time = '' THEN '' WHEN visit_time < '12:00' THEN 'am' ELSE 'pm' END"
HAS_PLACE = (
    "(state IN ('paid', 'serving', 'finished') OR (state = 'refunding' AND ending = '') "
    "OR (state = 'unpaid' AND place_held_until > :at))"
)
"""Which orders have a place on their day: who is to be visited, and who has just begun to pay."""


class VisitDays(Repository):
    async def lock(self, day: str) -> None:
        """Who counts the places of a day takes turns until the transaction ends. Raises Contention when another process
        was the first who ever did: begin again."""
        await self.connection.certify(f"day:{day}")
        if await self._update("visit_days", {"visit_date": day}, "visit_date = :day", {"day": day}):
            return
        await self._make(day)

    async def lock_shared(self, day: str) -> None:
        """Nobody blocks the day until the transaction ends; who only does not want that either need not wait. Raises
        Contention as ``lock``."""
        await self.connection.certify(f"day:{day}")  # between nodes this one is not shared: all of them write
        known = await self.connection.fetch_one(
            f"SELECT visit_date FROM visit_days WHERE visit_date = :day{self.connection.shared_lock}",
            {"day": day},
        )
        if known is None:
            await self._make(day)

    async def _make(self, day: str) -> None:
        try:
            await self._insert("visit_days", {"visit_date": day})
        except Duplicate as error:
            raise Contention("the row of the day was made by another transaction") from error

    async def get(self, blocked_id: int) -> BlockedDay | None:
        return _BLOCKED.one(
            await self.connection.fetch_one(f"{_BLOCKED.select} WHERE id = :id", {"id": blocked_id})
        )

    async def blocked(self, first_date: str, last_date: str) -> list[BlockedDay]:
        """What is blocked between two days, both included."""
        rows = await self.connection.fetch_all(
            f"{_BLOCKED.select} WHERE visit_date >= :first AND visit_date <= :last ORDER BY visit_date, half, id",
            {"first": first_date, "last": last_date},
        )
        return _BLOCKED.all(rows)

    async def block(self, day: BlockedDay) -> int:
        """Block a day; its id. Raises Duplicate when it is already. The day must be locked."""
        values = dataclasses.asdict(day)
        del values["id"]
        return await self._insert("blocked_days", values)

    async def unblock(self, blocked_id: int) -> int:
        """Rows removed."""
        return await self.connection.execute("DELETE FROM blocked_days WHERE id = :id", {"id": blocked_id})

    async def taken(
        self, first_date: str, last_date: str, at: int, without_order: int = 0
    ) -> list[PlacesTaken]:
        """How many visits of each kind have a place at ``at`` on the days between two, both included;
        ``without_order``: the id of one that does not count."""
        rows = await self.connection.fetch_all(
            f"SELECT visit_date, takes, {_HALF} AS part, COUNT(*) "
            f"FROM orders{self.connection.index_hint('ix_orders_visit_date_id')} "
            f"WHERE visit_date >= :first AND visit_date <= :last AND id <> :without AND {HAS_PLACE} "
            "GROUP BY visit_date, takes, part",
            {"first": first_date, "last": last_date, "without": without_order, "at": at},
        )
        return [PlacesTaken(str(row[0]), str(row[1]), str(row[2]), int(row[3])) for row in rows]

    async def orders_on(self, days: list[BlockedDay]) -> dict[int, int]:
        """How many paid orders there are on blocked days, by the id of the block."""
        counts = {}
        for day in days:
            counts[day.id] = await self._count(
                "SELECT COUNT(*) FROM orders WHERE visit_date = :day AND state IN ('paid', 'serving') "
                "AND (:hospital = 0 OR hospital_id = :hospital)",
                {"day": day.visit_date, "hospital": day.hospital_id},
            )
        return counts

    async def count_escorts(self, state: str) -> int:
        return await self._count("SELECT COUNT(*) FROM escorts WHERE state = :state", {"state": state})

    async def on_leave(self, first_date: str, last_date: str, state: str) -> dict[tuple[str, str], int]:
        """How many escorts of a state are on leave, by day and half, between two days, both included."""
        rows = await self.connection.fetch_all(
            "SELECT l.visit_date, l.half, COUNT(*) FROM escort_leaves l JOIN escorts e ON e.id = l.escort_id "
            "WHERE l.visit_date >= :first AND l.visit_date <= :last AND e.state = :state "
            "GROUP BY l.visit_date, l.half",
            {"first": first_date, "last": last_date, "state": state},
        )
        return {(str(row[0]), str(row[1])): int(row[2]) for row in rows}

    async def hold(self, order_id: int, until: int) -> None:
        """An unpaid order keeps its place until then."""
        await self.connection.execute(
            "UPDATE orders SET place_held_until = :until WHERE id = :id AND state = :unpaid",
            {"id": order_id, "until": until, "unpaid": OrderState.UNPAID},
        )

    async def mark_overbooked(self, order_id: int) -> None:
        """Paid although its day was full or blocked: the office sees to it."""
        await self.connection.execute(
            "UPDATE orders SET overbooked_open = 1 WHERE id = :id", {"id": order_id}
        )

    async def close_overbooked(self, order_id: int, at: int) -> int:
        """The office has seen to it. Rows changed: 0 when a colleague acted first."""
        return await self.connection.execute(
            "UPDATE orders SET overbooked_open = 0, updated_at = :at WHERE id = :id AND overbooked_open = 1",
            {"id": order_id, "at": at},
        )
