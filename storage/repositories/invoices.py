"""Invoices that users ask for."""

from __future__ import annotations

from storage.models import Invoice
from storage.repositories.base import Mapped, Repository

_INVOICES = Mapped("invoices", Invoice)


class Invoices(Repository):
    async def get(self, invoice_id: int) -> Invoice | None:
        row = await self.connection.fetch_one(f"{_INVOICES.select} WHERE id = :id", {"id": invoice_id})
        return _INVOICES.one(row)

    async def of_order(self, order_id: int) -> list[Invoice]:
        """Oldest first."""
        rows = await self.connection.fetch_all(
            f"{_INVOICES.select} WHERE order_id = :id ORDER BY id", {"id": order_id}
        )
        return _INVOICES.all(rows)
