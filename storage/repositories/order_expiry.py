"""Unpaid orders whose time is over: claimed one by one by who cancels them, or put off."""

from __future__ import annotations

from typing import Any

from clock import DAY
from storage.claims import ends_by, unclaimed
from storage.models import OrderState
from storage.repositories.base import Repository

MAX_POSTPONED = DAY
"""For so long an expiry waits whose payment a human looks at: in the same column as its claims, which are shorter."""


def _expiry_unclaimed(at: int) -> tuple[str, dict[str, Any]]:
    return unclaimed(at, "expiry_claimed_until", MAX_POSTPONED)


class OrderExpiry(Repository):
    """A part of ``Orders``."""

    async def expired(self, at: int, limit: int) -> list[int]:
        """Ids of unpaid orders whose time is over and that nobody has claimed."""
        free, values = _expiry_unclaimed(at)
        rows = await self.connection.fetch_all(
            f"SELECT id FROM orders WHERE state = :state AND expires_at <= :at AND {free} "
            "ORDER BY expires_at LIMIT :limit",
            {"state": OrderState.UNPAID, "at": at, "limit": limit, **values},
        )
        return [int(row[0]) for row in rows]

    async def claim_expiry(self, order_id: int, at: int, until: int) -> bool:
        """Take an expired order for one try to cancel it; False when another process took it first. Raises ValueError
        for a claim that is too long."""
        free, values = _expiry_unclaimed(at)
        return bool(
            await self.connection.execute(
                "UPDATE orders SET expiry_claimed_until = :until WHERE id = :id AND state = :unpaid "
                f"AND expires_at <= :at AND {free}",
                {
                    "id": order_id,
                    "at": at,
                    "until": ends_by(at, until),
                    "unpaid": OrderState.UNPAID,
                    **values,
                },
            )
        )

    async def postpone_expiry(self, order_id: int, at: int, until: int) -> None:
        """An expired order whose payment a human looks at is tried again later, after ``MAX_POSTPONED`` (ms) at the
        most. Raises ValueError for more."""
        await self.connection.execute(
            "UPDATE orders SET expiry_claimed_until = :until WHERE id = :id AND state = :unpaid",
            {"id": order_id, "until": ends_by(at, until, MAX_POSTPONED), "unpaid": OrderState.UNPAID},
        )
