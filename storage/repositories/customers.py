"""Customers without the mini-program, and the links by which their orders are claimed."""

from __future__ import annotations

from storage.models import OfficeCustomer, OrderClaim
from storage.repositories.base import Mapped, Repository

_CUSTOMERS = Mapped("office_customers", OfficeCustomer)
_CLAIMS = Mapped("order_claims", OrderClaim)


class Customers(Repository):
    async def get(self, user_id: int) -> OfficeCustomer | None:
        row = await self.connection.fetch_one(f"{_CUSTOMERS.select} WHERE user_id = :id", {"id": user_id})
        return _CUSTOMERS.one(row)


class Claims(Repository):
    async def of_order(self, order_id: int) -> list[OrderClaim]:
        """Oldest first."""
        rows = await self.connection.fetch_all(
            f"{_CLAIMS.select} WHERE order_id = :id ORDER BY id", {"id": order_id}
        )
        return _CLAIMS.all(rows)
