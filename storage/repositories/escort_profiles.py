"""What families see of an escort."""

from __future__ import annotations

import dataclasses

from storage.models import Escort, EscortProfile, EscortState, OrderState
from storage.repositories.base import Mapped, Repository, in_list
from storage.repositories.escort_jobs import MAX_STARS
from storage.views import EscortRecord

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

    async def records(self, escort_ids: set[int]) -> dict[int, EscortRecord]:
        """How many visits these escorts have finished, and how they were rated, by escort; who has none is left out.
        Read from an index alone."""
        if not escort_ids:
            return {}
        _, marks = in_list("id", sorted(escort_ids))
        escorts = " UNION ALL ".join(f"SELECT :{mark} AS id" for mark in marks)
        hint = self.connection.index_hint("ix_orders_escort_id_state_stars")
        # Counts of one number of stars each: SQLite takes a fifth of what a sum over all of them takes.
        counts = ", ".join(
            f"(SELECT COUNT(*) FROM orders o{hint} "
            f"WHERE o.escort_id = e.id AND o.state = :finished AND o.stars = {stars})"
            for stars in range(MAX_STARS + 1)
        )
        rows = await self.connection.fetch_all(
            f"SELECT e.id, {counts} FROM ({escorts}) e",
            {**marks, "finished": OrderState.FINISHED},
        )
        return {int(escort_id): _record(rated) for escort_id, *rated in rows if any(rated)}

    async def has_served(self, escort_id: int, user_id: int) -> bool:
        """Has this escort finished a visit of the user?"""
        row = await self.connection.fetch_one(
            "SELECT 1 FROM orders WHERE user_id = :user_id AND escort_id = :escort_id AND state = :finished LIMIT 1",
            {"user_id": user_id, "escort_id": escort_id, "finished": OrderState.FINISHED},
        )
        return row is not None


def _record(rated: list[int]) -> EscortRecord:
    """``rated``: how many finished visits have no star, one star, and so on."""
    return EscortRecord(sum(rated), sum(rated[1:]), sum(stars * count for stars, count in enumerate(rated)))
