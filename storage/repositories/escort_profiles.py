"""What families see of an escort."""

from __future__ import annotations

from storage.models import EscortProfile
from storage.repositories.base import Mapped, Repository

_PROFILES = Mapped("escort_profiles", EscortProfile)


class EscortProfiles(Repository):
    async def get(self, escort_id: int) -> EscortProfile | None:
        return _PROFILES.one(
            await self.connection.fetch_one(f"{_PROFILES.select} WHERE escort_id = :id", {"id": escort_id})
        )
