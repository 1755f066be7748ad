"""What users have agreed to."""

from __future__ import annotations

from storage.models import Consent, ConsentKind
from storage.repositories.base import Mapped, Repository

_CONSENTS = Mapped("consents", Consent)


class Consents(Repository):
    async def newest(self, user_id: int, kind: ConsentKind) -> Consent | None:
        """What the user said last about it."""
        return _CONSENTS.one(
            await self.connection.fetch_one(
                f"{_CONSENTS.select} WHERE user_id = :id AND kind = :kind ORDER BY id DESC LIMIT 1",
                {"id": user_id, "kind": kind},
            )
        )

    async def of_user(self, user_id: int) -> list[Consent]:
        """Oldest first."""
        rows = await self.connection.fetch_all(
            f"{_CONSENTS.select} WHERE user_id = :id ORDER BY id", {"id": user_id}
        )
        return _CONSENTS.all(rows)

    async def add(
        self, user_id: int, kind: ConsentKind, version: str, at: int, *, withdrawn_at: int | None
    ) -> None:
        values = {"user_id": user_id, "kind": kind, "version": version, "given_at": at}
        await self._insert(_CONSENTS.table, {**values, "withdrawn_at": withdrawn_at})

    async def withdraw(self, user_id: int, kind: ConsentKind, at: int) -> int:
        """Every one that is in force. Rows changed."""
        return await self._update(
            _CONSENTS.table,
            {"withdrawn_at": at},
            "user_id = :id AND kind = :kind AND withdrawn_at IS NULL",
            {"id": user_id, "kind": kind},
        )
