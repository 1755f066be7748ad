"""Orders that are offered to escorts, and the days on which escorts do not work."""

from __future__ import annotations

from storage.models import EscortLeave, Invitation
from storage.repositories.base import Mapped, Repository

_INVITATIONS = Mapped("invitations", Invitation)
_LEAVES = Mapped("escort_leaves", EscortLeave)


class Invitations(Repository):
    async def of_order(self, order_id: int) -> list[Invitation]:
        """Oldest first."""
        rows = await self.connection.fetch_all(
            f"{_INVITATIONS.select} WHERE order_id = :id ORDER BY id", {"id": order_id}
        )
        return _INVITATIONS.all(rows)


class Leaves(Repository):
    async def between(self, first_date: str, last_date: str) -> list[EscortLeave]:
        """Who is on leave between two days, both included."""
        rows = await self.connection.fetch_all(
            f"{_LEAVES.select} WHERE visit_date >= :first AND visit_date <= :last "
            "ORDER BY visit_date, half, escort_id",
            {"first": first_date, "last": last_date},
        )
        return _LEAVES.all(rows)
