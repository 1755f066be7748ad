"""Refunds: number and amount are committed here before they are sent to WeChat, and are never changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from storage.models import ACTIVE_REFUNDS, RESERVING_REFUNDS, Refund, RefundState
from storage.repositories.base import Mapped, in_list
from storage.repositories.queues import QueryQueue
from storage.writes import NewRefund, RefundMove, columns

_REFUNDS = Mapped("refunds", Refund)


class Refunds(QueryQueue[Refund]):
    mapped = _REFUNDS

    async def add(self, refund: NewRefund, at: int) -> int:
        """The refund's id. Raises Duplicate for a number, or a renewed refund, that is there already."""
        return await self._insert(
            "refunds",
            {
                "decision_note": "",
                "wechat_refund_id": "",
                "last_error": "",
                "query_count": 0,
                "claimed_until": 0,
                **columns(refund),
                "requested_at": at,
                "updated_at": at,
            },
        )

    async def get(self, refund_id: int) -> Refund | None:
        return _REFUNDS.one(
            await self.connection.fetch_one(f"{_REFUNDS.select} WHERE id = :id", {"id": refund_id})
        )

    async def count_active(self) -> dict[str, int]:
        """How many keep their order in ``refunding``, by state."""
        states, known = in_list("state", ACTIVE_REFUNDS)
        rows = await self.connection.fetch_all(
            f"SELECT state, COUNT(*) FROM refunds WHERE state IN {states} GROUP BY state", known
        )
        return {str(state): int(count) for state, count in rows}

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
        """Of these orders those with a request that is not decided, about what paid the order itself: what it asks
        for, by order."""
        if not order_ids:
            return {}
        in_sql, marks = in_list("id", sorted(order_ids))
        rows = await self.connection.fetch_all(
            "SELECT r.order_id, r.kind FROM refunds r "
            "JOIN orders o ON o.id = r.order_id AND o.paid_attempt_id = r.attempt_id "
            f"WHERE r.state = :requested AND r.order_id IN {in_sql} ORDER BY r.id",
            {**marks, "requested": RefundState.REQUESTED},
        )
        return {int(row[0]): str(row[1]) for row in rows}

    async def of_orders(self, order_ids: Sequence[int]) -> list[Refund]:
        """Those of several orders, oldest first."""
        if not order_ids:
            return []
        in_sql, marks = in_list("id", order_ids)
        return _REFUNDS.all(
            await self.connection.fetch_all(
                f"{_REFUNDS.select} WHERE order_id IN {in_sql} ORDER BY id",
                marks,
            )
        )

    async def reserved_fen(self, attempt_id: int) -> int:
        """What is refunded or promised of an attempt's money, in fen. Call it under the order's lock."""
        in_sql, marks = in_list("state", RESERVING_REFUNDS)
        return await self._count(
            f"SELECT SUM(amount_fen) FROM refunds WHERE attempt_id = :id AND state IN {in_sql}",
            {"id": attempt_id, **marks},
        )

    async def move(
        self,
        refund_id: int,
        from_states: tuple[str, ...],
        to_state: str,
        at: int,
        changes: RefundMove = RefundMove(),
    ) -> bool:
        """Change the state if it still is one of ``from_states``; False when it is not."""
        values: dict[str, Any] = {"state": to_state, "updated_at": at, **columns(changes)}
        states, marks = in_list("from", from_states)
        changed = await self._update(
            "refunds", values, f"id = :id AND state IN {states}", {**marks, "id": refund_id}
        )
        return bool(changed)

    async def submitted_between(self, first_at: int, last_at: int) -> list[Refund]:
        """Refunds that WeChat accepted in [first_at, last_at): a bill lists a refund on that day."""
        rows = await self.connection.fetch_all(
            f"{_REFUNDS.select} WHERE submitted_at >= :first AND submitted_at < :last ORDER BY id",
            {"first": first_at, "last": last_at},
        )
        return _REFUNDS.all(rows)
