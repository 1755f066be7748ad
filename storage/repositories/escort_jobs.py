"""The orders of one escort, as the escort reads them."""

from __future__ import annotations

from storage.models import Order
from storage.repositories.base import Mapped, Repository

_ORDERS = Mapped("orders", Order)


class EscortJobs(Repository):
    async def rated(self, escort_id: int, before: int | None, limit: int) -> list[Order]:
        """Orders that the escort served and that were rated, newest first, below the id ``before``."""
        return await self._newest(
            _ORDERS, ["escort_id = :escort", "stars > 0"], {"escort": escort_id}, before, limit
        )
