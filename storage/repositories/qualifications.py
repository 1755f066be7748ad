"""The documents of escorts. Who changes one has locked the escort."""

from __future__ import annotations

from collections.abc import Iterable

from storage.models import EscortQualification, EscortState, QualificationState
from storage.repositories.base import Mapped, Repository, in_list
from storage.writes import NewQualification, QualificationMove, columns

_QUALIFICATIONS = Mapped("escort_qualifications", EscortQualification)
_EXPIRED = f"q.state = '{QualificationState.APPROVED}' AND q.expires_date <> '' AND q.expires_date < :today"


class Qualifications(Repository):
    async def add(self, new: NewQualification) -> int:
        """It waits for the office."""
        return await self._insert(
            "escort_qualifications", {**columns(new), "state": QualificationState.PENDING, "reason": ""}
        )

    async def get(self, qualification_id: int) -> EscortQualification | None:
        row = await self.connection.fetch_one(
            f"{_QUALIFICATIONS.select} WHERE id = :id", {"id": qualification_id}
        )
        return _QUALIFICATIONS.one(row)

    async def of_escort(self, escort_id: int) -> list[EscortQualification]:
        """Newest first."""
        rows = await self.connection.fetch_all(
            f"{_QUALIFICATIONS.select} WHERE escort_id = :id ORDER BY id DESC", {"id": escort_id}
        )
        return _QUALIFICATIONS.all(rows)

    async def move(
        self,
        qualification_id: int,
        from_state: str,
        to_state: str,
        changes: QualificationMove,
    ) -> bool:
        """Change the state if it still is ``from_state``; False when it is not."""
        changed = await self._update(
            "escort_qualifications",
            {"state": to_state, **columns(changes)},
            "id = :id AND state = :from_state",
            {"id": qualification_id, "from_state": from_state},
        )
        return bool(changed)

    async def replace_others(self, kept: EscortQualification, state: str) -> list[str]:
        """Other documents of this kind and state are replaced by this one; the names of their files, which nothing
        refers to any more."""
        values = {"id": kept.id, "escort_id": kept.escort_id, "kind": kept.kind, "state": state}
        where = "escort_id = :escort_id AND kind = :kind AND state = :state AND id <> :id"
        rows = await self.connection.fetch_all(
            f"SELECT file FROM escort_qualifications WHERE {where} AND file <> ''", values
        )
        await self.connection.execute(
            f"UPDATE escort_qualifications SET state = :replaced, file = '' WHERE {where}",
            {**values, "replaced": QualificationState.REPLACED},
        )
        return [str(row[0]) for row in rows]

    async def expired(self, escort_ids: Iterable[int], today: str) -> dict[int, list[str]]:
        """Of these escorts the kinds of approved documents whose last day was before ``today``."""
        wanted = list(escort_ids)
        found: dict[int, list[str]] = {}
        if wanted:
            ids, marks = in_list("escort", wanted)
            rows = await self.connection.fetch_all(
                f"SELECT q.escort_id, q.kind FROM escort_qualifications q WHERE q.escort_id IN {ids} AND {_EXPIRED} "
                "ORDER BY q.escort_id, q.kind",
                {**marks, "today": today},
            )
            for escort_id, kind in rows:
                found.setdefault(int(escort_id), []).append(str(kind))
        return found

    async def waiting(self) -> dict[int, list[EscortQualification]]:
        """What waits for the office, by escort, who waits longest first."""
        rows = await self.connection.fetch_all(
            f"{_QUALIFICATIONS.select} WHERE state = :pending ORDER BY id",
            {"pending": QualificationState.PENDING},
        )
        return _by_escort(_QUALIFICATIONS.all(rows))

    async def ending(self, until: str) -> dict[int, list[EscortQualification]]:
        """Approved documents of approved escorts whose last day is ``until`` or before, by escort, the earliest
        first; those that have expired, too."""
        rows = await self.connection.fetch_all(
            f"SELECT {_QUALIFICATIONS.aliased('q')} FROM escort_qualifications q JOIN escorts e ON e.id = q.escort_id "
            "WHERE q.state = :approved AND q.expires_date <> '' AND q.expires_date <= :until "
            "AND e.state = :active ORDER BY q.expires_date, q.id",
            {"approved": QualificationState.APPROVED, "until": until, "active": EscortState.APPROVED},
        )
        return _by_escort(_QUALIFICATIONS.all(rows))

    async def to_remind(self, until: str, limit: int) -> list[EscortQualification]:
        """Of those, the ones about which the escort has not been told."""
        rows = await self.connection.fetch_all(
            f"SELECT {_QUALIFICATIONS.aliased('q')} FROM escort_qualifications q JOIN escorts e ON e.id = q.escort_id "
            "WHERE q.state = :approved AND q.expires_date <> '' AND q.expires_date <= :until "
            "AND q.reminded_at IS NULL AND e.state = :active ORDER BY q.expires_date, q.id LIMIT :limit",
            {
                "approved": QualificationState.APPROVED,
                "until": until,
                "active": EscortState.APPROVED,
                "limit": limit,
            },
        )
        return _QUALIFICATIONS.all(rows)

    async def mark_reminded(self, qualification_id: int, at: int) -> bool:
        """False when another process has told the escort."""
        changed = await self._update(
            "escort_qualifications",
            {"reminded_at": at},
            "id = :id AND reminded_at IS NULL",
            {"id": qualification_id},
        )
        return bool(changed)

    async def erase_of_escort(self, escort_id: int) -> list[str]:
        """No document stays; the names of their files."""
        rows = await self.connection.fetch_all(
            "SELECT file FROM escort_qualifications WHERE escort_id = :id AND file <> ''", {"id": escort_id}
        )
        await self.connection.execute(
            "DELETE FROM escort_qualifications WHERE escort_id = :id", {"id": escort_id}
        )
        return [str(row[0]) for row in rows]


def _by_escort(found: list[EscortQualification]) -> dict[int, list[EscortQualification]]:
    grouped: dict[int, list[EscortQualification]] = {}
    for each in found:
        grouped.setdefault(each.escort_id, []).append(each)
    return grouped
