"""Changes of paid orders: done, and asked for."""

from __future__ import annotations

from storage.models import ChangeState, OrderChange
from storage.repositories.base import Mapped, Repository, in_list
from storage.writes import NewOrderChange, columns

_CHANGES = Mapped("order_changes", OrderChange)
MAX_REASON = 255


class OrderChanges(Repository):
    async def add(self, change: NewOrderChange) -> int:
        """A change, or a request; its id. Raises Duplicate while a request of the order is open."""
        values = columns(change)
        return await self._insert("order_changes", {**values, "reason": change.reason[:MAX_REASON]})

    async def of_order(self, order_id: int) -> list[OrderChange]:
        """Oldest first."""
        rows = await self.connection.fetch_all(
            f"{_CHANGES.select} WHERE order_id = :id ORDER BY id", {"id": order_id}
        )
        return _CHANGES.all(rows)

    async def of_orders(self, order_ids: list[int]) -> list[OrderChange]:
        """Of several orders, oldest first."""
        if not order_ids:
            return []
        in_sql, marks = in_list("id", order_ids)
        rows = await self.connection.fetch_all(
            f"{_CHANGES.select} WHERE order_id IN {in_sql} ORDER BY id", marks
        )
        return _CHANGES.all(rows)

    async def open_of_order(self, order_id: int) -> OrderChange | None:
        """The request that waits for the office. The order must be locked by who decides."""
        return _CHANGES.one(
            await self.connection.fetch_one(f"{_CHANGES.select} WHERE open_order_id = :id", {"id": order_id})
        )

    async def close(
        self, change_id: int, state: ChangeState, at: int, admin_id: int | None, note: str
    ) -> int:
        """A request is decided or withdrawn. Rows changed: 0 when it was before."""
        return await self._update(
            "order_changes",
            {
                "state": state,
                "open_order_id": None,
                "decided_at": at,
                "decided_by": admin_id,
                "decision_note": note[:MAX_REASON],
            },
            "id = :id AND state = :asked",
            {"id": change_id, "asked": ChangeState.ASKED},
        )

    async def end_open(self, order_id: int, at: int) -> int:
        """The order has ended: nobody decides about another time of its visit any more. Rows changed."""
        return await self.connection.execute(
            "UPDATE order_changes SET state = :withdrawn, open_order_id = NULL, decided_at = :at "
            "WHERE open_order_id = :id",
            {"id": order_id, "withdrawn": ChangeState.WITHDRAWN, "at": at},
        )

    async def erase_of_user(self, user_id: int) -> int:
        """Take what was written about the user's visits out of the changes of their orders; that there were changes
        stays."""
        return await self.connection.execute(
            "UPDATE order_changes SET reason = '', decision_note = '', before_json = '{}', after_json = '{}' "
            "WHERE order_id IN (SELECT id FROM orders WHERE user_id = :id)",
            {"id": user_id},
        )
