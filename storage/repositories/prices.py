"""Prices that hold from a day on."""

from __future__ import annotations

from storage.models import ServicePrice
from storage.repositories.base import Mapped, Repository

_PRICES = Mapped("service_prices", ServicePrice)


class Prices(Repository):
    async def of_service(self, service_id: int) -> list[ServicePrice]:
        """By the day from which they hold."""
        rows = await self.connection.fetch_all(
            f"{_PRICES.select} WHERE service_id = :id ORDER BY valid_from, id", {"id": service_id}
        )
        return _PRICES.all(rows)
