"""Changes of paid orders: done, and asked for."""

from __future__ import annotations

from storage.models import OrderChange
from storage.repositories.base import Mapped, Repository

_CHANGES = Mapped("order_changes", OrderChange)


class OrderChanges(Repository):
    async def of_order(self, order_id: int) -> list[OrderChange]:
        """Oldest first."""
        rows = await self.connection.fetch_all(
            f"{_CHANGES.select} WHERE order_id = :id ORDER BY id", {"id": order_id}
        )
        return _CHANGES.all(rows)
