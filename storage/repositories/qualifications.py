"""The documents of escorts."""

from __future__ import annotations

from storage.models import EscortQualification
from storage.repositories.base import Mapped, Repository

_QUALIFICATIONS = Mapped("escort_qualifications", EscortQualification)


class Qualifications(Repository):
    async def of_escort(self, escort_id: int) -> list[EscortQualification]:
        """Newest first."""
        rows = await self.connection.fetch_all(
            f"{_QUALIFICATIONS.select} WHERE escort_id = :id ORDER BY id DESC", {"id": escort_id}
        )
        return _QUALIFICATIONS.all(rows)
