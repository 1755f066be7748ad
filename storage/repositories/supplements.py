"""What can be paid beside the order itself, and money outside of WeChat."""

from __future__ import annotations

from storage.models import OfflineEntry, Supplement, SupplementState
from storage.repositories.base import Mapped, Repository

_SUPPLEMENTS = Mapped("supplements", Supplement)
_OFFLINE = Mapped("offline_entries", OfflineEntry)


class Supplements(Repository):
    async def get(self, supplement_id: int) -> Supplement | None:
        row = await self.connection.fetch_one(f"{_SUPPLEMENTS.select} WHERE id = :id", {"id": supplement_id})
        return _SUPPLEMENTS.one(row)

    async def of_order(self, order_id: int) -> list[Supplement]:
        """Oldest first."""
        rows = await self.connection.fetch_all(
            f"{_SUPPLEMENTS.select} WHERE order_id = :id ORDER BY id", {"id": order_id}
        )
        return _SUPPLEMENTS.all(rows)

    # The money: all of it under the order's lock

    async def mark_paid(
        self, supplement_id: int, attempt_id: int, amount_fen: int, paid_at: int, at: int
    ) -> bool:
        """An open supplement is paid by an attempt; False when it is not open any more."""
        changed = await self._update(
            "supplements",
            {
                "state": SupplementState.PAID,
                "paid_fen": amount_fen,
                "paid_at": paid_at,
                "paid_attempt_id": attempt_id,
                "updated_at": at,
            },
            "id = :id AND state = :open",
            {"id": supplement_id, "open": SupplementState.OPEN},
        )
        return bool(changed)

    async def add_refunded(self, supplement_id: int, amount_fen: int, at: int) -> None:
        await self.connection.execute(
            "UPDATE supplements SET refunded_fen = refunded_fen + :amount, updated_at = :at WHERE id = :id",
            {"id": supplement_id, "amount": amount_fen, "at": at},
        )


class OfflineEntries(Repository):
    async def of_order(self, order_id: int) -> list[OfflineEntry]:
        """Oldest first."""
        rows = await self.connection.fetch_all(
            f"{_OFFLINE.select} WHERE order_id = :id ORDER BY id", {"id": order_id}
        )
        return _OFFLINE.all(rows)
