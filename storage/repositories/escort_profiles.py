"""What families see of an escort."""

from __future__ import annotations

import dataclasses

from storage.models import Escort, EscortProfile, EscortState, OrderState
from storage.repositories.base import Mapped, Repository, in_list

_PROFILES = Mapped("escort_profiles", EscortProfile)
_ESCORTS = Mapped("escorts", Escort)
MAX_SHOWN = 200


class EscortProfiles(Repository):
    async def get(self, escort_id: int) -> EscortProfile | None:
        return _PROFILES.one(
            await self.connection.fetch_one(f"{_PROFILES.select} WHERE escort_id = :id", {"id": escort_id})
        )

    async def save(self, profile: EscortProfile) -> None:
        """Write the profile; the escort must be locked."""
        values = dataclasses.asdict(profile)
        if not await self._update("escort_profiles", values, "escort_id = :id", {"id": profile.escort_id}):
            await self._insert("escort_profiles", values)

    async def erase(self, escort_id: int) -> list[str]:
        """Delete the profile; its portraits, which nobody refers to any more. The escort must be locked."""
        profile = await self.get(escort_id)
        if profile is None:
            return []
        await self.connection.execute("DELETE FROM escort_profiles WHERE escort_id = :id", {"id": escort_id})
        return [file for file in (profile.portrait_file, profile.new_portrait_file) if file]

    async def is_approved_portrait(self, file: str) -> bool:
        """Is it the portrait that the office has approved of an escort?"""
        row = await self.connection.fetch_one(
            "SELECT 1 FROM escort_profiles WHERE portrait_file = :file LIMIT 1", {"file": file}
        )
        return row is not None

    async def portrait_files(self) -> set[str]:
        """The portraits of all escorts, approved and waiting. Escorts are few."""
        rows = await self.connection.fetch_all("SELECT portrait_file, new_portrait_file FROM escort_profiles")
        return {str(name) for row in rows for name in row if name}

    async def waiting(self, escort_ids: set[int]) -> set[int]:
        """Those of these escorts whose proposal waits for the office."""
        if not escort_ids:
            return set()
        in_sql, marks = in_list("id", sorted(escort_ids))
        rows = await self.connection.fetch_all(
            f"SELECT escort_id FROM escort_profiles WHERE escort_id IN {in_sql} AND proposed_at IS NOT NULL",
            marks,
        )
        return {int(row[0]) for row in rows}

    async def shown(self, limit: int = MAX_SHOWN) -> list[tuple[Escort, EscortProfile]]:
        """The approved escorts who agreed to be shown to everybody, who agreed first first."""
        rows = await self.connection.fetch_all(
            f"SELECT {_ESCORTS.aliased('e')}, {_PROFILES.aliased('p')} "
            "FROM escort_profiles p JOIN escorts e ON e.id = p.escort_id "
            "WHERE p.shown_at IS NOT NULL AND e.state = :approved ORDER BY p.shown_at, e.id LIMIT :limit",
            {"approved": EscortState.APPROVED, "limit": limit},
        )
        width = len(_ESCORTS.names)
        escorts, profiles = (
            _ESCORTS.all(row[:width] for row in rows),
            _PROFILES.all(row[width:] for row in rows),
        )
        return list(zip(escorts, profiles, strict=True))

    async def has_served(self, escort_id: int, user_id: int) -> bool:
        """Has this escort finished a visit of the user?"""
        row = await self.connection.fetch_one(
            "SELECT 1 FROM orders WHERE user_id = :user_id AND escort_id = :escort_id AND state = :finished LIMIT 1",
            {"user_id": user_id, "escort_id": escort_id, "finished": OrderState.FINISHED},
        )
        return row is not None
