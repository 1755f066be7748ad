"""The orders of one escort, as the escort reads them."""

from __future__ import annotations

from storage.models import EscortBooking, Order, OrderState
from storage.repositories.base import Mapped, Repository, in_list

_ORDERS = Mapped("orders", Order)
_BOOKINGS = Mapped("escort_bookings", EscortBooking)


class EscortJobs(Repository):
    async def between(self, escort_id: int, first_date: str, last_date: str) -> list[Order]:
        """Orders that were given to the escort and whose visit is between two days, both included, by day; those that
        ended otherwise too."""
        rows = await self.connection.fetch_all(
            f"SELECT {_ORDERS.columns} FROM orders{self.connection.index_hint(_BY_DAY)} "
            "WHERE escort_id = :escort AND visit_date >= :first AND visit_date <= :last ORDER BY visit_date, id",
            {"escort": escort_id, "first": first_date, "last": last_date},
        )
        return _ORDERS.all(rows)

    async def bookings(self, escort_id: int, first_date: str, last_date: str) -> list[EscortBooking]:
        """The half-days on which the escort is taken."""
        rows = await self.connection.fetch_all(
            f"{_BOOKINGS.select} WHERE escort_id = :escort AND visit_date >= :first AND visit_date <= :last "
            "ORDER BY visit_date, half",
            {"escort": escort_id, "first": first_date, "last": last_date},
        )
        return _BOOKINGS.all(rows)

    async def some(self, order_ids: set[int]) -> dict[int, Order]:
        """Orders by their ids."""
        if not order_ids:
            return {}
        in_sql, marks = in_list("id", sorted(order_ids))
        rows = await self.connection.fetch_all(f"{_ORDERS.select} WHERE id IN {in_sql}", marks)
        return {order.id: order for order in _ORDERS.all(rows)}

    async def without_report(self, escort_id: int, since: str, limit: int) -> list[Order]:
        """Finished visits of the escort from a day on whose report has not been sent, and whose users agreed to one;
        the oldest first. Consents are counted one user at a time: for EXISTS, MariaDB reads all of them first."""
        rows = await self.connection.fetch_all(
            f"SELECT {_ORDERS.aliased('o')} FROM orders o{self.connection.index_hint(_BY_STATE)} "
            "LEFT JOIN visit_reports r ON r.order_id = o.id "
            "WHERE o.escort_id = :escort AND o.state = :finished AND o.visit_date >= :since AND r.sent_at IS NULL "
            "AND 0 < (SELECT COUNT(*) FROM consents c WHERE c.user_id = o.user_id AND c.kind = 'visit_record' "
            "AND c.withdrawn_at IS NULL) ORDER BY o.visit_date, o.id LIMIT :limit",
            {"escort": escort_id, "finished": OrderState.FINISHED, "since": since, "limit": limit},
        )
        return _ORDERS.all(rows)

    async def count_questions(self, escort_id: int) -> int:
        """Questions about the escort's reports that nobody has answered."""
        return await self._count(
            f"SELECT COUNT(*) FROM report_entries e{self.connection.index_hint('ix_report_entries_open_at')} "
            "CROSS JOIN visit_reports r ON r.order_id = e.order_id "
            "WHERE e.open = 1 AND r.escort_id = :escort",
            {"escort": escort_id},
        )

    async def asked_about(self, escort_id: int, limit: int) -> list[Order]:
        """Orders of the escort with a question about their report that nobody has answered, the oldest first. Read from
        the open questions: the other way round all visits of the escort are looked at."""
        rows = await self.connection.fetch_all(
            f"SELECT {_ORDERS.aliased('o')} FROM (SELECT DISTINCT e.order_id FROM report_entries e"
            f"{self.connection.index_hint('ix_report_entries_open_at')} "
            "CROSS JOIN visit_reports r ON r.order_id = e.order_id "
            "WHERE e.open = 1 AND r.escort_id = :escort) asked CROSS JOIN orders o ON o.id = asked.order_id "
            "WHERE o.escort_id = :escort ORDER BY o.visit_date, o.id LIMIT :limit",
            {"escort": escort_id, "limit": limit},
        )
        return _ORDERS.all(rows)

    async def rated(self, escort_id: int, before: int | None, limit: int) -> list[Order]:
        """Orders that the escort served and that were rated, newest first, below the id ``before``.

        The index holds those of a state and a number of stars by their id: each of them is a short walk.
        """
        below = "" if before is None else " AND id < :before"
        walk = (
            f"SELECT id FROM (SELECT id FROM orders{self.connection.index_hint(_BY_STARS)} WHERE escort_id = :escort "
            f"AND state = '{{}}' AND stars = {{}}{below} ORDER BY id DESC LIMIT :limit) short_walk"
        )
        kinds = [(state, stars) for state in _RATED_STATES for stars in range(1, MAX_STARS + 1)]
        rows = await self.connection.fetch_all(
            " UNION ALL ".join(walk.format(*kind) for kind in kinds),
            {"escort": escort_id, "before": before, "limit": limit},
        )
        ids = sorted((int(row[0]) for row in rows), reverse=True)[:limit]
        found = await self.some(set(ids))
        return [found[order_id] for order_id in ids]


MAX_STARS = 5
_RATED_STATES = (OrderState.FINISHED, OrderState.REFUNDING, OrderState.REFUNDED)
_BY_DAY = "ix_orders_escort_id_visit_date_id"
_BY_STATE = "ix_orders_escort_id_state_visit_date_id"
_BY_STARS = "ix_orders_escort_id_state_stars"
