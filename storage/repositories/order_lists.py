"""Lists of orders as the administrators filter, search and export them.

Each kind of filter has an index that delivers its rows in the order in which they are shown, and its query names that
index, so that a page costs the same whether there are a hundred orders or a million, the first or the last:

- by default, state, hospital or service: display rank; within a rank that the office has to act on (paid,
  refunding, serving) by day and hour of the visit, within the others the newest first;
- what waits (overdue, its escort may not go): in that order, too, along the states that can wait;
- what waits otherwise (an hour, a decision, an answer): the longest waiting first;
- with a low rating that nobody has followed up: latest visit first;
- with days of the visit, or of those without an escort: as in a diary, by day and hour;
- with days on which they were made: newest first;
- of one escort: latest visit first;
- of one user, whatever else is asked for: newest first.

A search keeps that order. What it finds is looked up first when that is little (a number, a full name), and sorted.
A part of a name that thousands have (a surname) is compared along the list instead: matches are so frequent
that a page is full before many rows have been read.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

from storage.filters import OrderFilter, OrderPlace
from storage.models import DISPLAY_RANK, ORDERS_BY_VISIT, Order, OrderState
from storage.repositories import order_places
from storage.repositories.base import Mapped, Repository, in_list
from storage.repositories.order_conditions import day_index, filter_conditions, rank_index
from storage.repositories.order_places import MOMENTS_PER_RANK, day_of, hour_of, is_diary, narrow, visit_of
from storage.repositories.order_search import OrderSearch
from storage.repositories.order_waits import MAX_WAITING
from storage.repositories.order_words import Found

_ORDERS = Mapped("orders", Order)
_LATER = "visit_date > :day OR visit_time > :hour"
_SAME_HOUR = "visit_time = :hour"
"""Behind a place, where the day is not an earlier one."""


class OrderLists(Repository):
    of_newest = False
    """Did the last page that was asked for come of the newest orders alone? Then there may be more that are older."""

    @cached_property
    def _searches(self) -> OrderSearch:
        return OrderSearch(self.connection)

    async def page(self, wanted: OrderFilter, after: OrderPlace | None, limit: int) -> list[Order]:
        """The orders after a place, in the order that the filter has."""
        found = await self._searches.find(wanted)
        self.of_newest = found is not None and found.newest
        if found is None:
            return []
        if wanted.user_id:
            return await self._of_user(wanted, found, after, limit)
        if wanted.waits_for:
            return await self._by_wait(wanted, found, after, limit)
        if wanted.by_hour:
            return await self._by_hour(wanted, found, after, limit)
        if not wanted.by_rank:
            return await self._by_day(wanted, found, after, limit)
        if found.few:
            return await self._sorted_by_rank(wanted, found, after, limit)
        return await self._by_rank(wanted, found, after, limit)

    place = staticmethod(order_places.place)

    async def _by_rank(
        self, wanted: OrderFilter, found: Found, after: OrderPlace | None, limit: int
    ) -> list[Order]:
        """Rank by rank, each along its index."""
        where, values = filter_conditions(wanted)
        orders: list[Order] = []
        first_rank, moment = divmod(after[0], MOMENTS_PER_RANK) if after is not None else (0, 0)
        for state in wanted.states:
            rank = DISPLAY_RANK[state]
            if rank < first_rank or len(orders) >= limit:
                continue
            limited = {**values, "limit": limit - len(orders)}
            kept = [part for part in where if not part.startswith("state")]
            if state in ORDERS_BY_VISIT:
                begin = (*visit_of(moment), after[1]) if after is not None and rank == first_rank else None
                orders += await self._of_state_by_visit(wanted, found, state, kept, limited, begin)
                continue
            conditions, parameters = ["display_rank = :rank", *kept], {**limited, "rank": rank}
            if after is not None and rank == first_rank:
                conditions.append("id < :below")
                parameters["below"] = after[1]
            orders += await self._select(found, rank_index(wanted), conditions, parameters, "id DESC")
        return orders

    async def _of_state_by_visit(
        self,
        wanted: OrderFilter,
        found: Found,
        state: OrderState,
        where: list[str],
        values: dict[str, Any],
        begin: tuple[str, str, int] | None,
    ) -> list[Order]:
        """The next visit first, by day and hour. Of one hospital or service such orders are few, and all are sorted."""
        of_a_place = wanted.hospital_id is not None or wanted.service_id is not None
        index = rank_index(wanted) if of_a_place else "ix_orders_state_visit_date_id"
        conditions = ["display_rank = :rank", "state = :rank_state", *where]
        parameters = {**values, "rank": DISPLAY_RANK[state], "rank_state": state}
        if begin is not None:
            conditions += ["visit_date >= :day", f"({_LATER} OR ({_SAME_HOUR} AND id < :below))"]
            parameters |= {"day": begin[0], "hour": begin[1], "below": begin[2]}
        order = "visit_date, visit_time, id DESC"
        if of_a_place:
            return await self._select(found, index, conditions, parameters, order)
        return await self._by_day_and_hour(found, index, conditions, parameters, order)

    async def _by_day_and_hour(
        self, found: Found, index: str, where: list[str], parameters: dict[str, Any], by: str
    ) -> list[Order]:
        """No index has the hours. So the days that a page needs are found first, and these are sorted."""
        source = found.source or f"orders{self.connection.index_hint('' if found.few else index)}"
        row = await self.connection.fetch_one(
            f"SELECT visit_date FROM {source} WHERE {' AND '.join([*found.where, *where])} "
            f"ORDER BY visit_date LIMIT 1 OFFSET {parameters['limit'] - 1:d}",
            {**found.values, **parameters},
        )
        if row is not None:
            # The only upper bound, as in narrow(): that day is within the others.
            where = [part for part in where if not part.startswith("visit_date <")]
            where.append("visit_date <= :last_day")
            parameters = {**parameters, "last_day": str(row[0])}
        return await self._select(found, index, where, parameters, by)

    async def _sorted_by_rank(
        self, wanted: OrderFilter, found: Found, after: OrderPlace | None, limit: int
    ) -> list[Order]:
        """The same order for few orders, in one query."""
        where, values = filter_conditions(wanted)
        values["limit"] = limit
        ranks = ", ".join(str(DISPLAY_RANK[state]) for state in ORDERS_BY_VISIT)
        day, hour = (
            f"CASE WHEN display_rank IN ({ranks}) THEN {column} ELSE '' END"
            for column in ("visit_date", "visit_time")
        )
        if after is not None:
            rank, moment = divmod(after[0], MOMENTS_PER_RANK)
            last_day, last_hour = visit_of(moment)
            where.append(
                "(display_rank > :rank OR (display_rank = :rank AND "
                f"({day} > :day OR ({day} = :day AND ({hour} > :hour OR ({hour} = :hour AND id < :below))))))"
            )
            values |= {"rank": rank, "day": last_day, "hour": last_hour, "below": after[1]}
        return await self._select(found, "", where, values, f"display_rank, {day}, {hour}, id DESC")

    async def _of_user(
        self, wanted: OrderFilter, found: Found, after: OrderPlace | None, limit: int
    ) -> list[Order]:
        """Nobody has so many orders that other conditions would need an index, too."""
        where, values = filter_conditions(wanted)
        values["limit"] = limit
        if after is not None:
            where.append("id < :below")
            values["below"] = after[1]
        return await self._select(found, "ix_orders_user_id_id", where, values, "id DESC")

    async def _by_wait(
        self, wanted: OrderFilter, found: Found, after: OrderPlace | None, limit: int
    ) -> list[Order]:
        """What waits longest first. These are few, and sorted here."""
        where, values = filter_conditions(wanted)
        orders = await self._select(found, "", where, {**values, "limit": MAX_WAITING}, "id")
        last = (found.waits.get(after[1], 0), after[1]) if after is not None else (-1, 0)
        ordered = sorted(orders, key=lambda order: (found.waits[order.id], order.id))
        return [order for order in ordered if (found.waits[order.id], order.id) > last][:limit]

    async def longest_wait(self, wanted: OrderFilter) -> int | None:
        """Since when (ms) the one of these orders waits that has waited longest; None when there is none."""
        found = await self._searches.find(wanted)
        orders = await self._by_wait(wanted, found, None, 1) if found is not None else []
        return found.waits[orders[0].id] if found is not None and orders else None

    async def _by_hour(
        self, wanted: OrderFilter, found: Found, after: OrderPlace | None, limit: int
    ) -> list[Order]:
        """The visits of one day. An index finds them; so many are sorted here."""
        where, values = filter_conditions(wanted)
        values["limit"] = limit
        if after is not None:
            where.append("(visit_time > :hour OR (visit_time = :hour AND id > :last))")
            values |= {"hour": hour_of(after[0]), "last": after[1]}
        return await self._select(found, day_index(wanted), where, values, "visit_time, id")

    async def _by_day(
        self, wanted: OrderFilter, found: Found, after: OrderPlace | None, limit: int
    ) -> list[Order]:
        """Visits in the order of a diary; those of one escort, without a range, and orders as made: latest first."""
        narrowed = wanted if after is None else narrow(wanted, after[0])
        where, values = filter_conditions(narrowed)
        values["limit"] = limit
        if is_diary(wanted):
            if after is not None:
                day, hour = visit_of(after[0])
                values |= {"day": day, "hour": hour, "last": after[1]}
                where.append(f"({_LATER} OR ({_SAME_HOUR} AND id > :last))")
            by = "visit_date, visit_time, id"
            return await self._by_day_and_hour(found, day_index(wanted), where, values, by)
        column = "created_at" if wanted.by_made else "visit_date"
        if after is not None:
            values |= {"day": after[0] if wanted.by_made else day_of(after[0]), "last": after[1]}
            where.append(f"({column} < :day OR id < :last)")
        return await self._select(found, day_index(wanted), where, values, f"{column} DESC, id DESC")

    async def _select(
        self, found: Found, index: str, where: list[str], parameters: dict[str, Any], by: str
    ) -> list[Order]:
        """``index``: what the orders are read along unless they are few."""
        source = found.source or f"orders{self.connection.index_hint('' if found.few else index)}"
        condition = " AND ".join([*found.where, *where]) or "1 = 1"
        rows = await self.connection.fetch_all(
            f"SELECT {_ORDERS.columns} FROM {source} WHERE {condition} ORDER BY {by} LIMIT :limit",
            {**found.values, **parameters},
        )
        return _ORDERS.all(rows)

    async def waiting_by_day(self, first_date: str, last_date: str) -> dict[str, int]:
        """How many paid orders have no escort yet, per day of the visit between two days, both included."""
        rows = await self.connection.fetch_all(
            "SELECT visit_date, COUNT(*) "
            f"FROM orders{self.connection.index_hint('ix_orders_escort_id_state_visit_date_id')} "
            "WHERE escort_id IS NULL AND state = :paid AND visit_date >= :first AND visit_date <= :last "
            "GROUP BY visit_date ORDER BY visit_date",
            {"paid": OrderState.PAID, "first": first_date, "last": last_date},
        )
        return {str(row[0]): int(row[1]) for row in rows}

    async def count(self, wanted: OrderFilter) -> int:
        """How many orders the filter shows; for the progress of an export, not for pages."""
        found = await self._searches.find(wanted)
        if found is None:
            return 0
        where, values = filter_conditions(wanted)
        condition = " AND ".join([*found.where, *where]) or "1 = 1"
        return await self._count(
            f"SELECT COUNT(*) FROM {found.source or 'orders'} WHERE {condition}", {**found.values, **values}
        )

    async def oldest_payment(self, wanted: OrderFilter) -> int | None:
        """When the one of these orders that has waited longest was paid; None when there is none."""
        found = await self._searches.find(wanted)
        if found is None:
            return None
        where, values = filter_conditions(wanted)
        condition = " AND ".join([*found.where, *where]) or "1 = 1"
        row = await self.connection.fetch_one(
            f"SELECT MIN(paid_at) FROM {found.source or 'orders'} WHERE {condition}",
            {**found.values, **values},
        )
        return int(row[0]) if row and row[0] is not None else None

    async def patient_names(self, order_ids: set[int]) -> dict[int, str]:
        """For whom these orders are."""
        return {
            key: str(row[0]) for key, row in (await self._rows("orders", "patient_name", order_ids)).items()
        }

    async def phone_tails(self, orders: list[Order]) -> dict[int, str]:
        """The last four digits of the patients' phones, by patient."""
        ids = {order.patient_id for order in orders}
        return {key: str(row[0]) for key, row in (await self._rows("patients", "phone_tail", ids)).items()}

    async def _rows(self, table: str, columns: str, ids: set[int]) -> dict[int, tuple[Any, ...]]:
        if not ids:
            return {}
        in_sql, marks = in_list("id", sorted(ids))
        sql = f"SELECT id, {columns} FROM {table} WHERE id IN {in_sql}"
        return {int(row[0]): row[1:] for row in await self.connection.fetch_all(sql, marks)}
