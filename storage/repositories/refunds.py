"""Refunds: number and amount are committed here before WeChat hears of them, and are never changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from storage.models import RESERVING_REFUNDS, Refund, RefundState
from storage.repositories.base import Mapped, Repository

_REFUNDS = Mapped("refunds", Refund)


class Refunds(Repository):
    async def add(self, values: dict[str, Any], at: int) -> int:
        """``values``: order_id, attempt_id, out_refund_no, state, kind, amount_fen, policy_fen, reason, source,
        actor_id, and, when it is approved at once, decided_at and next_query_at."""
        return await self._insert(
            "refunds",
            {
                "decision_note": "",
                "wechat_refund_id": "",
                "last_error": "",
                "query_count": 0,
                "claimed_until": 0,
                **values,
                "requested_at": at,
                "updated_at": at,
            },
        )

    async def get(self, refund_id: int) -> Refund | None:
        return _REFUNDS.one(
            await self.connection.fetch_one(f"{_REFUNDS.select} WHERE id = :id", {"id": refund_id})
        )

    async def by_number(self, out_refund_no: str) -> Refund | None:
        return _REFUNDS.one(
            await self.connection.fetch_one(
                f"{_REFUNDS.select} WHERE out_refund_no = :no", {"no": out_refund_no}
            )
        )

    async def of_order(self, order_id: int) -> list[Refund]:
        """Oldest first."""
        return _REFUNDS.all(
            await self.connection.fetch_all(
                f"{_REFUNDS.select} WHERE order_id = :id ORDER BY id", {"id": order_id}
            )
        )

    async def waiting_kinds(self, order_ids: set[int]) -> dict[int, str]:
        """Of these orders those with a request that nobody has decided: what it asks for, by order."""
        if not order_ids:
            return {}
        marks = {f"id_{position}": order_id for position, order_id in enumerate(sorted(order_ids))}
        rows = await self.connection.fetch_all(
            "SELECT order_id, kind FROM refunds WHERE state = :requested "
            f"AND order_id IN ({', '.join(f':{mark}' for mark in marks)}) ORDER BY id",
            {**marks, "requested": RefundState.REQUESTED},
        )
        return {int(row[0]): str(row[1]) for row in rows}

    async def of_orders(self, order_ids: Sequence[int]) -> list[Refund]:
        """Those of several orders, oldest first."""
        if not order_ids:
            return []
        marks = {f"id_{position}": order_id for position, order_id in enumerate(order_ids)}
        return _REFUNDS.all(
            await self.connection.fetch_all(
                f"{_REFUNDS.select} WHERE order_id IN ({', '.join(f':{mark}' for mark in marks)}) ORDER BY id",
                marks,
            )
        )

    async def reserved_fen(self, attempt_id: int) -> int:
        """What is refunded or promised of an attempt's money, in fen. Call it under the order's lock."""
        marks = {f"state_{position}": state for position, state in enumerate(RESERVING_REFUNDS)}
        return await self._count(
            "SELECT SUM(amount_fen) FROM refunds WHERE attempt_id = :id "
            f"AND state IN ({', '.join(f':{mark}' for mark in marks)})",
            {"id": attempt_id, **marks},
        )

    async def move(
        self, refund_id: int, from_states: tuple[str, ...], to_state: str, at: int, **changes: Any
    ) -> bool:
        """Change the state if it still is one of ``from_states``; False when it is not."""
        values: dict[str, Any] = {"state": to_state, "updated_at": at, **changes}
        settings = ", ".join(f"{name} = :{name}" for name in values)
        marks = {f"from_{position}": state for position, state in enumerate(from_states)}
        changed = await self.connection.execute(
            f"UPDATE refunds SET {settings} "
            f"WHERE id = :refund_id AND state IN ({', '.join(f':{mark}' for mark in marks)})",
            {**values, **marks, "refund_id": refund_id},
        )
        return bool(changed)

    async def due(self, at: int, limit: int) -> list[Refund]:
        """Refunds that must be sent or asked about, and that nobody has claimed."""
        rows = await self.connection.fetch_all(
            f"{_REFUNDS.select} WHERE next_query_at <= :at AND claimed_until <= :at "
            "ORDER BY next_query_at LIMIT :limit",
            {"at": at, "limit": limit},
        )
        return _REFUNDS.all(rows)

    async def claim(self, refund: Refund, at: int, until: int) -> bool:
        """Take the refund, as it was read, for one call; False when another process was quicker, also one that is
        done with it by now."""
        return bool(
            await self.connection.execute(
                "UPDATE refunds SET claimed_until = :until "
                "WHERE id = :id AND claimed_until = :seen AND claimed_until <= :at AND next_query_at = :planned",
                {
                    "id": refund.id,
                    "until": until,
                    "seen": refund.claimed_until,
                    "planned": refund.next_query_at,
                    "at": at,
                },
            )
        )

    async def reschedule(self, refund_id: int, next_query_at: int | None, error: str = "") -> None:
        """Release the claim and say when to act next (None: never again)."""
        await self.connection.execute(
            "UPDATE refunds SET claimed_until = 0, query_count = query_count + 1, "
            "next_query_at = CASE WHEN next_query_at IS NULL THEN NULL ELSE :next END, last_error = :error "
            "WHERE id = :id",
            {"id": refund_id, "next": next_query_at, "error": error[:127]},
        )

    async def backlog(self, at: int) -> int:
        """How many refunds should have been sent or asked about by now."""
        return await self._count("SELECT COUNT(*) FROM refunds WHERE next_query_at <= :at", {"at": at})

    async def submitted_between(self, first_at: int, last_at: int) -> list[Refund]:
        """Refunds that WeChat accepted in [first_at, last_at): a bill lists a refund on that day."""
        rows = await self.connection.fetch_all(
            f"{_REFUNDS.select} WHERE submitted_at >= :first AND submitted_at < :last ORDER BY id",
            {"first": first_at, "last": last_at},
        )
        return _REFUNDS.all(rows)

    async def finished_between(self, first_at: int, last_at: int) -> list[Refund]:
        """Refunds that ended in [first_at, last_at)."""
        rows = await self.connection.fetch_all(
            f"{_REFUNDS.select} WHERE finished_at >= :first AND finished_at < :last ORDER BY id",
            {"first": first_at, "last": last_at},
        )
        return _REFUNDS.all(rows)
