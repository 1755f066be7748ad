"""What can be paid beside the order itself, and money outside of WeChat."""

from __future__ import annotations

from storage.models import OfflineEntry, Supplement
from storage.repositories.base import Mapped, Repository

_SUPPLEMENTS = Mapped("supplements", Supplement)
_OFFLINE = Mapped("offline_entries", OfflineEntry)


class Supplements(Repository):
    async def get(self, supplement_id: int) -> Supplement | None:
        row = await self.connection.fetch_one(f"{_SUPPLEMENTS.select} WHERE id = :id", {"id": supplement_id})
        return _SUPPLEMENTS.one(row)

    async def of_order(self, order_id: int) -> list[Supplement]:
        """Oldest first."""
        rows = await self.connection.fetch_all(
            f"{_SUPPLEMENTS.select} WHERE order_id = :id ORDER BY id", {"id": order_id}
        )
        return _SUPPLEMENTS.all(rows)


class OfflineEntries(Repository):
    async def of_order(self, order_id: int) -> list[OfflineEntry]:
        """Oldest first."""
        rows = await self.connection.fetch_all(
            f"{_OFFLINE.select} WHERE order_id = :id ORDER BY id", {"id": order_id}
        )
        return _OFFLINE.all(rows)
