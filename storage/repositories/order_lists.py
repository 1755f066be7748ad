"""Lists of orders as the administrators filter, search and export them.

Each kind of filter has an index that delivers its rows in the order in which they are shown, and its query names that
index, so that a page costs the same whether there are a hundred orders or a million, the first or the last:

- by default, state, hospital or service: display rank; within one that somebody has to do something about (paid,
  refunding, serving) the next visit first and of a day the newest, within the others the newest first;
- what waits (overdue, its escort may not go): in that order, too, along the states that can wait;
- with a low rating that nobody has followed up: latest visit first;
- with days of the visit, or of those without an escort: as in a diary, the next visit first;
- with days on which they were made: newest first;
- of one escort: latest visit first;
- of one user, whatever else is asked for: newest first.

A search keeps that order. What it finds is looked up first when that is little (a number, a full name), and sorted.
A beginning of a name that thousands have (a surname) is compared along the list instead: matches are so frequent
that a page is full before many rows have been read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

from personal.names import search_form
from personal.phones import phone_tail
from storage.models import EscortState, Order, OrderState
from storage.repositories.base import LAST_CHARACTER, Mapped, Repository
from storage.repositories.orders import DISPLAY_RANK

_ORDERS = Mapped("orders", Order)
SETTLED = (OrderState.FINISHED, OrderState.REFUNDED, OrderState.CANCELLED)
MOST_WITH_TAIL = 500
"""A search by the end of a phone shows the newest of these."""
FEW = 5_000
"""So many orders of one name are quicker looked up and sorted than met along the list; of more it is the reverse.

On either engine, with a million orders: 5,000 rows looked up one by one take about as long as 10,000 in passing, and
a name that one order in 200 has fills a page of 50 within 10,000.
"""
RECENT = 10_000
"""So many of the newest orders are looked through for a part of a name that is not its beginning."""
WHOLE_NUMBER = re.compile(r"(?=[^0-9]*[0-9])[0-9A-Za-z_-]{20,64}")
"""Of a payment or a refund, ours or WeChat's; without any digit it is somebody's name."""
_ORDER_NUMBER = re.compile(r"[0-9]{1,18}")
_PHONE_END = re.compile(r"[0-9]{4}")
_LOCAL_PHONE = re.compile(r"[2-9][0-9]{6,7}")
"""A landline without its area code: found by its last four digits when no order has this number."""

BY_VISIT = (OrderState.PAID, OrderState.REFUNDING, OrderState.SERVING)
"""Within these the list by rank shows the next visit first: they have a visit to come, or one that nobody settled."""
DAYS_PER_RANK = 100_000_000
"""More than any day as a number, so that rank and day fit into one."""

Place = tuple[int, int]
"""Where a page ends: (rank and day, day of the visit as a number, moment of the order in ms, or nothing; id of the
order)."""


@dataclass(frozen=True)
class OrderFilter:
    """What to show; empty texts, 0 for users, escorts and moments, and None for the others mean all.

    ``first_date`` and ``last_date`` are Shanghai dates of the visit, both inclusive; ``made_from`` and
    ``made_before`` are moments (ms, UTC) of the order itself; ``unassigned``: only orders without an escort.

    What waits for somebody, each by itself: ``overdue_before``: the visit was before this day, and the order is still
    paid or serving; ``escort_off_from``: the visit is on this day or later, and the escort may not take orders (now);
    ``low_rated``: rated badly, and not followed up.
    """

    state: str = ""
    first_date: str = ""
    last_date: str = ""
    made_from: int = 0
    made_before: int = 0
    hospital_id: int | None = None
    service_id: int | None = None
    user_id: int = 0
    escort_id: int = 0
    unassigned: bool = False
    overdue_before: str = ""
    escort_off_from: str = ""
    low_rated: bool = False
    search: str = ""
    phone_hashes: tuple[str, ...] = ()
    """Of the phone that ``search`` is, if it is one, by each key: whoever has the key works them out."""

    @property
    def _waits(self) -> bool:
        """Is the list one of things that wait? These are few, whatever else is asked for, and keep their order."""
        return bool(self.overdue_before or self.escort_off_from or self.low_rated)

    @property
    def by_visit(self) -> bool:
        """Is the list in the order of the days of the visit that are given?"""
        return bool(self.first_date or self.last_date) and not self._waits

    @property
    def by_made(self) -> bool:
        """Is the list in the order of the days, which are given, on which orders were made?"""
        return bool(self.made_from or self.made_before) and not self._waits

    @property
    def by_rank(self) -> bool:
        """Is the list in the order of display, rather than in that of a day?"""
        if self.user_id or self.low_rated:
            return False
        by_day = self.by_visit or self.by_made or self.escort_id or self.unassigned
        return self._waits or not by_day

    @property
    def states(self) -> tuple[OrderState, ...]:
        """The states that the orders can be in, in the order of display."""
        states = tuple(sorted(DISPLAY_RANK, key=DISPLAY_RANK.__getitem__))
        if self.overdue_before:
            states = (OrderState.PAID, OrderState.SERVING)
        if self.escort_off_from:
            states = tuple(state for state in states if state == OrderState.SERVING)
        return tuple(state for state in states if not self.state or state == self.state)

    def conditions(self) -> tuple[list[str], dict[str, Any]]:
        """Everything but the search, as SQL and its parameters."""
        pairs: list[tuple[str, str, Any]] = [
            ("state", "state = :state", self.state),
            ("first_date", "visit_date >= :first_date", self.first_date),
            ("last_date", "visit_date <= :last_date", self.last_date),
            ("made_from", "created_at >= :made_from", self.made_from),
            ("made_before", "created_at < :made_before", self.made_before),
            ("user_id", "user_id = :user_id", self.user_id),
            ("escort_id", "escort_id = :escort_id", self.escort_id),
        ]
        where = [sql for _, sql, value in pairs if value]
        values = {name: value for name, _, value in pairs if value}
        if self.unassigned:
            where.append("escort_id IS NULL")
        if self.overdue_before:
            where += ["state IN ('paid', 'serving')", "visit_date < :overdue_before"]
            values["overdue_before"] = self.overdue_before
        if self.escort_off_from:
            where += ["state = 'serving'", "visit_date >= :escort_off_from", _ESCORT_OFF]
            values |= {"escort_off_from": self.escort_off_from, "approved": EscortState.APPROVED}
        if self.low_rated:
            where += ["low_rating_open = 1", "state NOT IN ('paid', 'serving', 'refunding')"]
        for name in ("hospital_id", "service_id"):
            if (value := getattr(self, name)) is not None:
                where.append(f"{name} = :{name}")
                values[name] = value
        return where, values


_ESCORT_OFF = "COALESCE((SELECT e.state FROM escorts e WHERE e.id = escort_id), '') <> :approved"
"""Asked of one order after the other: a join would begin at the escorts, of whom most have no order to come."""


@dataclass(frozen=True)
class _Found:
    """What a search leaves of the orders: where few come from, further conditions, and the parameters of both."""

    source: str = ""
    where: tuple[str, ...] = ()
    values: dict[str, Any] = field(default_factory=dict)
    few: bool = False


def _index_by_rank(wanted: OrderFilter) -> str:
    parts = [name for name in ("hospital_id", "service_id") if getattr(wanted, name) is not None]
    return f"ix_orders_{'_'.join([*parts, 'display_rank', 'id'])}"


def _index_by_day(wanted: OrderFilter) -> str:
    """Most orders are settled and most others are of the last days: only an unsettled state narrows a list much."""
    places = [name for name in ("hospital_id", "service_id") if getattr(wanted, name) is not None]
    stated = ["state"] if wanted.state else []
    if wanted.low_rated:
        return "ix_orders_low_rating_open_visit_date_id"
    if wanted.by_made:
        day = "created_at"
        unsettled = wanted.state and wanted.state not in SETTLED
        parts = ["escort_id"] if wanted.escort_id else stated if unsettled or not places else places
    else:
        day = "visit_date"
        if wanted.escort_id or (wanted.unassigned and (stated or not places)):
            parts = ["escort_id", *stated]
        elif stated and (not places or wanted.state not in SETTLED):
            parts = stated
        else:
            parts = places
    return f"ix_orders_{'_'.join([*parts, day, 'id'])}"


def _number(date: str) -> int:
    """20240123 of ``2024-01-23``."""
    return int(date.replace("-", ""))


def _date(number: int) -> str:
    """``2024-01-23`` of 20240123."""
    text = f"{number:08d}"
    return f"{text[:4]}-{text[4:6]}-{text[6:]}"


def _narrowed(wanted: OrderFilter, day: int, diary: bool) -> OrderFilter:
    """The filter from a place's day on. One bound on each side: of two, SQLite begins at the first one it meets."""
    if wanted.by_made:
        return replace(wanted, made_before=min(wanted.made_before or day + 1, day + 1))
    if diary:
        return replace(wanted, first_date=max(wanted.first_date, _date(day)))
    return replace(wanted, last_date=min(wanted.last_date or _date(day), _date(day)))


def kind_of_search(wanted: OrderFilter) -> str:
    """What a search looks for: ``number`` (of a payment or refund), ``phone``, ``phone end or order``, ``order``,
    ``name``."""
    if WHOLE_NUMBER.fullmatch(wanted.search):
        return "number"
    if wanted.phone_hashes:
        return "phone"
    text = wanted.search.removeprefix("#")
    if _PHONE_END.fullmatch(text) or _LOCAL_PHONE.fullmatch(text):
        return "phone end or order"
    return "order" if _ORDER_NUMBER.fullmatch(text) else "name"


class OrderLists(Repository):
    async def page(self, wanted: OrderFilter, after: Place | None, limit: int) -> list[Order]:
        """The orders after a place, in the order that the filter has."""
        found = await self._search(wanted) if wanted.search else _Found()
        if found is None:
            return []
        if wanted.user_id:
            return await self._of_user(wanted, found, after, limit)
        if not wanted.by_rank:
            return await self._by_day(wanted, found, after, limit)
        if found.few:
            return await self._sorted_by_rank(wanted, found, after, limit)
        return await self._by_rank(wanted, found, after, limit)

    @staticmethod
    def place(wanted: OrderFilter, order: Order) -> Place:
        """Where a page ends whose last row is ``order``."""
        if wanted.user_id:
            return 0, order.id
        if wanted.by_rank:
            day = _number(order.visit_date) if order.state in BY_VISIT else 0
            return order.display_rank * DAYS_PER_RANK + day, order.id
        if wanted.by_made:
            return order.created_at, order.id
        return _number(order.visit_date), order.id

    async def _by_rank(
        self, wanted: OrderFilter, found: _Found, after: Place | None, limit: int
    ) -> list[Order]:
        """Rank by rank, each along its index."""
        where, values = wanted.conditions()
        orders: list[Order] = []
        first_rank, day = divmod(after[0], DAYS_PER_RANK) if after is not None else (0, 0)
        for state in wanted.states:
            rank = DISPLAY_RANK[state]
            if rank < first_rank or len(orders) >= limit:
                continue
            limited = {**values, "limit": limit - len(orders)}
            kept = [part for part in where if not part.startswith("state")]
            if state in BY_VISIT:
                begin = (_date(day), after[1]) if after is not None and rank == first_rank else None
                orders += await self._of_state_by_visit(wanted, found, state, kept, limited, begin)
                continue
            conditions, parameters = ["display_rank = :rank", *kept], {**limited, "rank": rank}
            if after is not None and rank == first_rank:
                conditions.append("id < :below")
                parameters["below"] = after[1]
            orders += await self._select(found, _index_by_rank(wanted), conditions, parameters, "id DESC")
        return orders

    async def _of_state_by_visit(
        self,
        wanted: OrderFilter,
        found: _Found,
        state: OrderState,
        where: list[str],
        values: dict[str, Any],
        begin: tuple[str, int] | None,
    ) -> list[Order]:
        """The next visit first, of one day the newest first.

        No index has days up and numbers down. So the days that the page needs are found first, and these are sorted.
        Of one hospital or service such orders are few: those are sorted all.
        """
        of_a_place = wanted.hospital_id is not None or wanted.service_id is not None
        index = _index_by_rank(wanted) if of_a_place else "ix_orders_state_visit_date_id"
        conditions = ["display_rank = :rank", "state = :rank_state", *where]
        parameters = {**values, "rank": DISPLAY_RANK[state], "rank_state": state}
        if begin is not None:
            conditions += ["visit_date >= :day", "(visit_date > :day OR id < :below)"]
            parameters |= {"day": begin[0], "below": begin[1]}
        order = "visit_date, id DESC"
        if of_a_place:
            return await self._select(found, index, conditions, parameters, order)
        source = f"orders{self.connection.along(index)}"
        row = await self.connection.fetch_one(
            f"SELECT visit_date FROM {source} WHERE {' AND '.join([*found.where, *conditions])} "
            f"ORDER BY visit_date LIMIT 1 OFFSET {values['limit'] - 1:d}",
            {**found.values, **parameters},
        )
        if row is not None:
            conditions.append("visit_date <= :last_day")
            parameters["last_day"] = str(row[0])
        return await self._select(found, index, conditions, parameters, order)

    async def _sorted_by_rank(
        self, wanted: OrderFilter, found: _Found, after: Place | None, limit: int
    ) -> list[Order]:
        """The same order for few orders, in one query."""
        where, values = wanted.conditions()
        values["limit"] = limit
        ranks = ", ".join(str(DISPLAY_RANK[state]) for state in BY_VISIT)
        day = f"CASE WHEN display_rank IN ({ranks}) THEN visit_date ELSE '' END"
        if after is not None:
            rank, last_day = divmod(after[0], DAYS_PER_RANK)
            where.append(
                "(display_rank > :rank OR (display_rank = :rank AND "
                f"({day} > :day OR ({day} = :day AND id < :below))))"
            )
            values |= {"rank": rank, "day": _date(last_day) if last_day else "", "below": after[1]}
        return await self._select(found, "", where, values, f"display_rank, {day}, id DESC")

    async def _of_user(
        self, wanted: OrderFilter, found: _Found, after: Place | None, limit: int
    ) -> list[Order]:
        """Nobody has so many orders that other conditions would need an index, too."""
        where, values = wanted.conditions()
        values["limit"] = limit
        if after is not None:
            where.append("id < :below")
            values["below"] = after[1]
        return await self._select(found, "ix_orders_user_id_id", where, values, "id DESC")

    async def _by_day(
        self, wanted: OrderFilter, found: _Found, after: Place | None, limit: int
    ) -> list[Order]:
        """Visits in the order of a diary; those of one escort, without a range, and orders as made: latest first."""
        day = "created_at" if wanted.by_made else "visit_date"
        diary = not wanted.by_made and not wanted.low_rated and (wanted.by_visit or wanted.unassigned)
        sign, way = (">", "ASC") if diary else ("<", "DESC")
        narrowed = wanted if after is None else _narrowed(wanted, after[0], diary)
        where, values = narrowed.conditions()
        values["limit"] = limit
        if after is not None:
            values |= {"day": after[0] if wanted.by_made else _date(after[0]), "last": after[1]}
            where.append(f"({day} {sign} :day OR id {sign} :last)")
        return await self._select(found, _index_by_day(wanted), where, values, f"{day} {way}, id {way}")

    async def _select(
        self, found: _Found, index: str, where: list[str], parameters: dict[str, Any], by: str
    ) -> list[Order]:
        """``index``: what the orders are read along unless they are few."""
        source = found.source or f"orders{self.connection.along('' if found.few else index)}"
        condition = " AND ".join([*found.where, *where]) or "1 = 1"
        rows = await self.connection.fetch_all(
            f"SELECT {_ORDERS.columns} FROM {source} WHERE {condition} ORDER BY {by} LIMIT :limit",
            {**found.values, **parameters},
        )
        return _ORDERS.all(rows)

    async def _search(self, wanted: OrderFilter) -> _Found | None:
        """By order number, phone or its end, WeChat's or our own payment or refund number, or patient.

        None when there is nothing.
        """
        text = wanted.search
        if WHOLE_NUMBER.fullmatch(text):
            ids = await self._by_number(text)
        else:
            text = text.removeprefix("#")
            ids = await self._by_digits(text) + await self._by_phone(wanted)
            if not ids:
                return await self._by_name(text)
        return self._few(ids) if ids else None

    @staticmethod
    def _few(ids: list[int]) -> _Found:
        marks = {f"id_{position}": order_id for position, order_id in enumerate(sorted(set(ids)))}
        return _Found(where=(f"id IN ({', '.join(f':{mark}' for mark in marks)})",), values=marks, few=True)

    async def _by_digits(self, text: str) -> list[int]:
        found: list[int] = []
        if _ORDER_NUMBER.fullmatch(text):
            found += await self._ids("SELECT id FROM orders WHERE id = :id", {"id": int(text)})
        if _PHONE_END.fullmatch(text) or (not found and _LOCAL_PHONE.fullmatch(text)):
            found += await self._ids_of_patients("p.phone_tail = :tail", {"tail": text[-4:]})
        return found

    async def _by_phone(self, wanted: OrderFilter) -> list[int]:
        """Of exactly this phone; of patients whose old row nobody has read yet, by its end."""
        if not wanted.phone_hashes:
            return []
        marks = {f"hash_{position}": text for position, text in enumerate(wanted.phone_hashes)}
        hashes = ", ".join(f":{mark}" for mark in marks)
        found = await self._ids_of_patients(f"p.phone_hash IN ({hashes})", marks)
        return found + await self._ids_of_patients(
            "p.phone_tail = :tail AND p.phone_hash = ''", {"tail": phone_tail(wanted.search)}
        )

    async def _ids_of_patients(self, condition: str, values: dict[str, Any]) -> list[int]:
        """The newest orders for the patients of whom the condition is true."""
        return await self._ids(
            f"SELECT o.id FROM patients p JOIN orders o ON o.patient_id = p.id WHERE {condition} "
            "ORDER BY o.id DESC LIMIT :most",
            {**values, "most": MOST_WITH_TAIL},
        )

    async def _by_name(self, text: str) -> _Found | None:
        """Orders of patients whose name begins like this, however the two are written."""
        name = search_form(text)
        if not name:
            return None
        values: dict[str, Any] = {"name": name, "name_end": name + LAST_CHARACTER}
        named = ("patient_name_key >= :name", "patient_name_key < :name_end")
        those = (
            f"SELECT id AS order_id FROM orders{self.connection.along('ix_orders_patient_name_key_id')} "
            f"WHERE {' AND '.join(named)}"
        )
        count = await self._count(f"SELECT COUNT(*) FROM ({those} LIMIT {FEW + 1}) named", values)
        if not count:
            return await self._by_part_of_name(name)
        if count <= FEW:
            source = f"({those} LIMIT {FEW + 1}) named CROSS JOIN orders ON id = order_id"
            return _Found(source, values=values, few=True)
        return _Found(where=named, values=values)

    async def _by_part_of_name(self, name: str) -> _Found | None:
        """Of nobody's name it is the beginning: whose name holds it, among the newest orders. A given name, or the
        surname of Alexander Wei; no index leads there, and nobody looks for an order of years ago by it."""
        newest = await self._count("SELECT MAX(id) FROM orders")
        ids = await self._ids(
            "SELECT id FROM orders WHERE id > :oldest AND INSTR(patient_name_key, :name) > 0 "
            "ORDER BY id DESC LIMIT :most",
            {"oldest": newest - RECENT, "name": name, "most": MOST_WITH_TAIL},
        )
        return self._few(ids) if ids else None

    async def _by_number(self, number: str) -> list[int]:
        ids: list[int] = []
        for table, column in (
            ("payment_attempts", "out_trade_no"),
            ("payment_attempts", "transaction_id"),
            ("refunds", "out_refund_no"),
        ):
            ids += await self._ids(
                f"SELECT order_id FROM {table} WHERE {column} = :number", {"number": number}
            )
        # Money that did not agree with its order has left WeChat's number only in the evidence.
        return ids or await self._ids(
            "SELECT order_id FROM finance_cases WHERE order_id IS NOT NULL AND INSTR(detail, :quoted) > 0 "
            "ORDER BY id DESC LIMIT :most",
            {"quoted": f'"{number}"', "most": MOST_WITH_TAIL},
        )

    async def _ids(self, sql: str, parameters: dict[str, Any]) -> list[int]:
        return [int(row[0]) for row in await self.connection.fetch_all(sql, parameters)]

    async def waiting_by_day(self, first_date: str, last_date: str) -> dict[str, int]:
        """How many paid orders have no escort yet, per day of the visit between two days, both included."""
        rows = await self.connection.fetch_all(
            "SELECT visit_date, COUNT(*) "
            f"FROM orders{self.connection.along('ix_orders_escort_id_state_visit_date_id')} "
            "WHERE escort_id IS NULL AND state = :paid AND visit_date >= :first AND visit_date <= :last "
            "GROUP BY visit_date ORDER BY visit_date",
            {"paid": OrderState.PAID, "first": first_date, "last": last_date},
        )
        return {str(row[0]): int(row[1]) for row in rows}

    async def count(self, wanted: OrderFilter) -> int:
        """How many orders the filter shows; for the progress of an export, not for pages."""
        found = await self._search(wanted) if wanted.search else _Found()
        if found is None:
            return 0
        where, values = wanted.conditions()
        condition = " AND ".join([*found.where, *where]) or "1 = 1"
        return await self._count(
            f"SELECT COUNT(*) FROM {found.source or 'orders'} WHERE {condition}", {**found.values, **values}
        )

    async def oldest_payment(self, wanted: OrderFilter) -> int | None:
        """When the one of these orders that has waited longest was paid; None when there is none."""
        where, values = wanted.conditions()
        row = await self.connection.fetch_one(
            f"SELECT MIN(paid_at) FROM orders WHERE {' AND '.join(where) or '1 = 1'}", values
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
        marks = {f"id_{position}": row_id for position, row_id in enumerate(sorted(ids))}
        rows = await self.connection.fetch_all(
            f"SELECT id, {columns} FROM {table} WHERE id IN ({', '.join(f':{mark}' for mark in marks)})",
            marks,
        )
        return {int(row[0]): row[1:] for row in rows}
