"""Days that cannot be booked: blocked ones, and the lock under which the places of a day are counted."""

from __future__ import annotations

from storage.models import BlockedDay
from storage.repositories.base import Mapped, Repository

_BLOCKED = Mapped("blocked_days", BlockedDay)


class VisitDays(Repository):
    async def blocked(self, first_date: str, last_date: str) -> list[BlockedDay]:
        """What is blocked between two days, both included."""
        rows = await self.connection.fetch_all(
            f"{_BLOCKED.select} WHERE visit_date >= :first AND visit_date <= :last ORDER BY visit_date, half, id",
            {"first": first_date, "last": last_date},
        )
        return _BLOCKED.all(rows)
