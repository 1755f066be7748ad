"""What the assignment desk asks about escorts beside their half-days: how much they have done, and where."""

from __future__ import annotations

from storage.models import AttemptState, OrderState
from storage.repositories.base import Repository, in_list

SERVED = (OrderState.SERVING, OrderState.REFUNDING, OrderState.FINISHED)
"""Orders of these states count as work of their escort."""


class Boards(Repository):
    async def orders_of_month(self, escort_ids: set[int], month: str) -> dict[int, int]:
        """How many orders each of these escorts has in a month (``2024-01``), those to come too."""
        if not escort_ids:
            return {}
        in_sql, marks = in_list("escort", sorted(escort_ids))
        states, known = in_list("state", SERVED)
        rows = await self.connection.fetch_all(
            "SELECT escort_id, COUNT(*) "
            f"FROM orders{self.connection.index_hint('ix_orders_escort_id_state_visit_date_id')} "
            f"WHERE escort_id IN {in_sql} AND state IN {states} "
            "AND visit_date >= :first AND visit_date <= :last GROUP BY escort_id",
            {**marks, **known, "first": f"{month}-01", "last": f"{month}-31"},
        )
        return {int(row[0]): int(row[1]) for row in rows}

    async def paid_since(self, at: int) -> int:
        """How many orders have been paid after a moment (ms)."""
        return await self._count(
            "SELECT COUNT(DISTINCT order_id) "
            f"FROM payment_attempts{self.connection.index_hint('ix_payment_attempts_paid_at_id_state_amount_fen')} "
            "WHERE paid_at > :at AND state = :paid AND supplement_id IS NULL",
            {"at": at, "paid": AttemptState.PAID},
        )

    async def known_hospitals(
        self, escort_ids: set[int], hospital_ids: set[int], since: str
    ) -> set[tuple[int, int]]:
        """Which of these escorts have finished an order at which of these hospitals since a day: (escort, hospital)."""
        if not escort_ids or not hospital_ids:
            return set()
        in_sql, marks = in_list("escort", sorted(escort_ids))
        places, known = in_list("hospital", sorted(hospital_ids))
        rows = await self.connection.fetch_all(
            "SELECT DISTINCT escort_id, hospital_id "
            f"FROM orders{self.connection.index_hint('ix_orders_escort_id_state_visit_date_id')} "
            f"WHERE escort_id IN {in_sql} AND state = :finished AND visit_date >= :since "
            f"AND hospital_id IN {places}",
            {**marks, **known, "finished": OrderState.FINISHED, "since": since},
        )
        return {(int(row[0]), int(row[1])) for row in rows}
