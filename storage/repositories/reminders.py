"""Reminders of visits."""

from __future__ import annotations

from collections import defaultdict

from storage.models import EscortState, Order, OrderState, Reminder
from storage.repositories.base import Mapped, Repository, in_list
from storage.views import UpcomingVisit

_REMINDERS = Mapped("reminders", Reminder)
_ORDERS = Mapped("orders", Order)


class Reminders(Repository):
    async def of_order(self, order_id: int) -> list[Reminder]:
        rows = await self.connection.fetch_all(
            f"{_REMINDERS.select} WHERE order_id = :id ORDER BY id", {"id": order_id}
        )
        return _REMINDERS.all(rows)

    async def upcoming(self, first_date: str, last_date: str) -> list[UpcomingVisit]:
        """The orders that are served on these days and have not begun."""
        marks = {"serving": OrderState.SERVING, "approved": EscortState.APPROVED}
        rows = await self.connection.fetch_all(
            f"SELECT {_ORDERS.aliased('o')}, e.user_id FROM orders o "
            "LEFT JOIN escorts e ON e.id = o.escort_id AND e.state = :approved "
            "WHERE o.state = :serving AND o.visit_date >= :first AND o.visit_date <= :last "
            "AND o.started_at IS NULL ORDER BY o.visit_date, o.id",
            {**marks, "first": first_date, "last": last_date},
        )
        orders = {order.id: order for order in _ORDERS.all(row[:-1] for row in rows)}
        if not orders:
            return []
        concerned = defaultdict(set, {order.id: {order.user_id} for order in orders.values()})
        for row in rows:
            if row[-1] is not None:
                concerned[row[0]].add(int(row[-1]))
        for order_id, user_id in await self._members(orders):
            concerned[order_id].add(user_id)
        reminded = await self._reminded(orders)
        return [
            UpcomingVisit(order, frozenset(concerned[order.id]), frozenset(reminded[order.id]))
            for order in orders.values()
        ]

    async def _members(self, orders: dict[int, Order]) -> list[tuple[int, int]]:
        ids, marks = in_list("id", orders)
        rows = await self.connection.fetch_all(
            "SELECT m.scope_id, m.user_id FROM members m WHERE m.scope = 'order' AND m.live_user_id IS NOT NULL "
            f"AND m.scope_id IN {ids}",
            marks,
        )
        patients = await self.connection.fetch_all(
            "SELECT o.id, m.user_id FROM orders o JOIN members m ON m.scope = 'patient' "
            f"AND m.scope_id = o.patient_id AND m.owner_id = o.user_id WHERE o.id IN {ids} "
            "AND m.live_user_id IS NOT NULL",
            marks,
        )
        shown = {order.id for order in orders.values() if order.hidden_at is None}
        return [(int(row[0]), int(row[1])) for row in (*rows, *patients) if row[0] in shown]

    async def _reminded(self, orders: dict[int, Order]) -> dict[int, set[tuple[int, str, int]]]:
        ids, marks = in_list("id", orders)
        rows = await self.connection.fetch_all(
            f"{_REMINDERS.select} WHERE order_id IN {ids} AND cancelled_at IS NULL", marks
        )
        found = defaultdict[int, set[tuple[int, str, int]]](set)
        for each in _REMINDERS.all(rows):
            found[each.order_id].add((each.user_id, each.kind, each.visit_at))
        return found

    async def put(
        self, order: Order, user_id: int, audience: str, kind: str, moments: tuple[int, int, int]
    ) -> None:
        """A reminder that is queued now; ``moments``: begin of the visit, since when it is due, now. One of the same
        begin that was cancelled, because the visit was moved away and back, is renewed. The order must be locked."""
        visit_at, due_at, at = moments
        mark = {"order_id": order.id, "user_id": user_id, "kind": kind, "visit_at": visit_at}
        values = {"audience": audience, "due_at": due_at, "queued_at": at}
        renewed = await self._update(
            "reminders",
            {**values, "cancelled_at": None, "answered_at": None},
            "order_id = :order_id AND user_id = :user_id AND kind = :kind AND visit_at = :visit_at",
            mark,
        )
        if not renewed:
            await self._insert("reminders", {**mark, **values})

    async def cancel(self, order_id: int, at: int, user_id: int | None = None) -> None:
        """What was sent about the order, to one user or to all, counts no longer; messages that still wait are not
        sent."""
        marks = {"id": order_id, "user_id": user_id}
        theirs = "" if user_id is None else " AND user_id = :user_id"
        await self.connection.execute(
            f"UPDATE reminders SET cancelled_at = :at WHERE order_id = :id{theirs} AND cancelled_at IS NULL",
            {**marks, "at": at},
        )
        await self.connection.execute(
            "DELETE FROM outbox WHERE kind = 'reminder' AND reference LIKE :reference AND next_at IS NOT NULL"
            + theirs,
            {**marks, "reference": f"{order_id}-%"},
        )

    async def reset_answers(self, order_id: int) -> None:
        """Nobody has answered yet."""
        await self.connection.execute(
            "UPDATE orders SET user_confirmed_at = NULL, escort_confirmed_at = NULL WHERE id = :id",
            {"id": order_id},
        )

    async def answer(self, order_id: int, user_id: int, at: int) -> None:
        await self.connection.execute(
            "UPDATE reminders SET answered_at = :at WHERE order_id = :id AND user_id = :user_id "
            "AND cancelled_at IS NULL AND answered_at IS NULL",
            {"id": order_id, "user_id": user_id, "at": at},
        )

    async def confirm_by_user(self, order_id: int, at: int) -> None:
        await self.connection.execute(
            "UPDATE orders SET user_confirmed_at = :at, updated_at = :at WHERE id = :id",
            {"id": order_id, "at": at},
        )

    async def confirm_by_escort(self, order_id: int, at: int) -> None:
        await self.connection.execute(
            "UPDATE orders SET escort_confirmed_at = :at, updated_at = :at WHERE id = :id",
            {"id": order_id, "at": at},
        )

    async def erase_of_user(self, user_id: int) -> int:
        return await self.connection.execute("DELETE FROM reminders WHERE user_id = :id", {"id": user_id})
