"""Shipments: which payments WeChat waits for, what it was told of them; and whether the account is under trade
management."""

from __future__ import annotations

from collections.abc import Iterable

from storage.models import UNSHIPPED, Attempt, AttemptState, Channel, Shipment, ShipmentState, TradeManagement
from storage.repositories.base import Mapped, Repository, in_list
from storage.repositories.queues import Queue
from storage.writes import NewShipment, ShipmentMove, TradeManagementChange, columns

_SHIPMENTS = Mapped("shipments", Shipment)
_ATTEMPTS = Mapped("payment_attempts", Attempt)
_MANAGEMENT = Mapped("trade_management", TradeManagement)
ROW = 1
"""The one row of ``trade_management``."""


_WITHOUT = (
    "state = :paid AND channel = :wechat AND appid = :appid "
    "AND NOT EXISTS (SELECT 1 FROM shipments s WHERE s.attempt_id = payment_attempts.id)"
)


def _paid_in(appid: str) -> dict[str, str]:
    return {"appid": appid, "paid": AttemptState.PAID, "wechat": Channel.WECHAT}


class Shipments(Queue[Shipment]):
    mapped = _SHIPMENTS
    due_column = "next_at"

    async def missing(self, appid: str, paid_from: int, limit: int) -> list[Attempt]:
        """Payments in the mini-program from ``paid_from`` on that have no shipment yet, oldest first."""
        rows = await self.connection.fetch_all(
            f"{_ATTEMPTS.select} WHERE paid_at >= :paid_from AND {_WITHOUT} ORDER BY paid_at LIMIT :limit",
            {"paid_from": paid_from, **_paid_in(appid), "limit": limit},
        )
        return _ATTEMPTS.all(rows)

    async def missing_to_serve(self, appid: str, limit: int) -> list[Attempt]:
        """The same of orders whose service is still to come, whenever they were paid."""
        index = self.connection.index_hint("ix_payment_attempts_order_id")
        rows = await self.connection.fetch_all(
            f"SELECT {_ATTEMPTS.columns} FROM payment_attempts{index} WHERE order_id IN "
            f"(SELECT o.id FROM orders o WHERE o.state IN ('paid', 'serving')) AND {_WITHOUT} LIMIT :limit",
            {**_paid_in(appid), "limit": limit},
        )
        return _ATTEMPTS.all(rows)

    async def add(self, shipment: NewShipment, at: int) -> int:
        """Raises Duplicate when the payment has one."""
        nothing = {
            "declared_date": "",
            "by_hand": 0,
            "uploads": 0,
            "tries": 0,
            "claimed_until": 0,
            "last_error": "",
        }
        return await self._insert(
            "shipments",
            {
                **columns(shipment),
                **nothing,
                "wechat_state": 0,
                "in_complaint": 0,
                "state": ShipmentState.WAITING,
                "created_at": at,
                "updated_at": at,
            },
        )

    async def to_wake(self, limit: int) -> list[int]:
        """The ids of what waits although its order is over, or although the day of the visit is to be declared."""
        rows = await self.connection.fetch_all(
            "SELECT s.id FROM shipments s JOIN orders o ON o.id = s.order_id "
            "WHERE s.state = :waiting AND s.next_at IS NULL AND (o.ending <> '' "
            "OR o.state IN ('finished', 'refunded', 'cancelled') "
            "OR (o.state IN ('paid', 'serving') AND o.visit_date > s.declare_after_date "
            "AND o.visit_date <> s.declared_date)) ORDER BY s.id LIMIT :limit",
            {"waiting": ShipmentState.WAITING, "limit": limit},
        )
        return [int(row[0]) for row in rows]

    async def wake(self, ids: Iterable[int], at: int) -> int:
        """Make these due; how many were."""
        in_sql, marks = in_list("id", ids)
        return await self._update(
            "shipments",
            {"next_at": at, "tries": 0},
            f"id IN {in_sql} AND state = :waiting AND next_at IS NULL",
            {**marks, "waiting": ShipmentState.WAITING},
        )

    async def get(self, shipment_id: int) -> Shipment | None:
        row = await self.connection.fetch_one(f"{_SHIPMENTS.select} WHERE id = :id", {"id": shipment_id})
        return _SHIPMENTS.one(row)

    async def lock(self, shipment_id: int) -> Shipment | None:
        """Locked until the transaction ends; the order is locked before."""
        await self._take_turn("shipments", shipment_id)
        row = await self.connection.fetch_one(
            f"{_SHIPMENTS.select} WHERE id = :id{self.connection.lock}", {"id": shipment_id}
        )
        return _SHIPMENTS.one(row)

    async def of_attempt(self, attempt_id: int) -> Shipment | None:
        row = await self.connection.fetch_one(
            f"{_SHIPMENTS.select} WHERE attempt_id = :id", {"id": attempt_id}
        )
        return _SHIPMENTS.one(row)

    async def of_order(self, order_id: int) -> list[Shipment]:
        """Those of its supplements too, oldest first."""
        rows = await self.connection.fetch_all(
            f"{_SHIPMENTS.select} WHERE order_id = :id ORDER BY id", {"id": order_id}
        )
        return _SHIPMENTS.all(rows)

    async def move(
        self, shipment_id: int, from_states: Iterable[str], changes: ShipmentMove, at: int
    ) -> bool:
        """Change it while it is in one of these states; False when it is in another by now."""
        in_sql, marks = in_list("from", from_states)
        changed = await self._update(
            "shipments",
            {**columns(changes), "updated_at": at},
            f"id = :id AND state IN {in_sql}",
            {**marks, "id": shipment_id},
        )
        return bool(changed)

    async def make_due(self, shipment_id: int, states: Iterable[str], at: int) -> None:
        """Look at it at the next opportunity, while it is in one of these states."""
        in_sql, marks = in_list("in", states)
        await self.connection.execute(
            "UPDATE shipments SET next_at = :at "
            f"WHERE id = :id AND state IN {in_sql} AND (next_at IS NULL OR next_at > :at)",
            {**marks, "id": shipment_id, "at": at},
        )

    async def drop_unsent(self) -> int:
        """Forget what WeChat was never told of: it does not ask for it any more, or is not told any more."""
        in_sql, marks = in_list("state", UNSHIPPED)
        return await self.connection.execute(
            f"DELETE FROM shipments WHERE state IN {in_sql} AND uploads = 0", marks
        )


class Management(Repository):
    async def get(self) -> TradeManagement:
        found = _MANAGEMENT.one(
            await self.connection.fetch_one(f"{_MANAGEMENT.select} WHERE id = :id", {"id": ROW})
        )
        assert found is not None  # the migration has made it
        return found

    async def change(self, changes: TradeManagementChange) -> None:
        """Write down what is known now."""
        await self._update("trade_management", columns(changes), "id = :id", {"id": ROW})
