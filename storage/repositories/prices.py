"""Prices that hold from a day on."""

from __future__ import annotations

from collections.abc import Collection

from storage.models import ServicePrice
from storage.repositories.base import Mapped, Repository, in_list

_PRICES = Mapped("service_prices", ServicePrice)
_PENDING = "applied_at IS NULL AND withdrawn_at IS NULL"


class Prices(Repository):
    async def of_service(self, service_id: int) -> list[ServicePrice]:
        """By the day from which they hold."""
        rows = await self.connection.fetch_all(
            f"{_PRICES.select} WHERE service_id = :id ORDER BY valid_from, id", {"id": service_id}
        )
        return _PRICES.all(rows)

    async def pending(self) -> list[ServicePrice]:
        """Of all services, by day: those that are not written into their service yet, begun or still to come."""
        rows = await self.connection.fetch_all(f"{_PRICES.select} WHERE {_PENDING} ORDER BY valid_from, id")
        return _PRICES.all(rows)

    async def pending_of(self, service_id: int) -> list[ServicePrice]:
        rows = await self.connection.fetch_all(
            f"{_PRICES.select} WHERE service_id = :id AND {_PENDING} ORDER BY valid_from, id",
            {"id": service_id},
        )
        return _PRICES.all(rows)

    async def get(self, price_id: int) -> ServicePrice | None:
        row = await self.connection.fetch_one(f"{_PRICES.select} WHERE id = :id", {"id": price_id})
        return _PRICES.one(row)

    async def add(
        self,
        service_id: int,
        price_fen: int,
        valid_from: str,
        admin_id: int,
        at: int,
        applied_at: int | None = None,
    ) -> int:
        return await self._insert(
            "service_prices",
            {
                "service_id": service_id,
                "price_fen": price_fen,
                "valid_from": valid_from,
                "created_by": admin_id,
                "created_at": at,
                "applied_at": applied_at,
            },
        )

    async def mark_applied(self, price_ids: Collection[int], at: int) -> None:
        """They are written into their service."""
        in_sql, marks = in_list("id", sorted(price_ids))
        await self.connection.execute(
            f"UPDATE service_prices SET applied_at = :at WHERE id IN {in_sql}", {"at": at, **marks}
        )

    async def withdraw(self, price_id: int, at: int) -> None:
        await self.connection.execute(
            "UPDATE service_prices SET withdrawn_at = :at WHERE id = :id", {"at": at, "id": price_id}
        )
