"""What a search, or what orders wait for, leaves of them: few that are looked up first, or a condition along a list."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from personal.names import search_form
from personal.phones import phone_tail
from storage.filters import LOCAL_PHONE, ORDER_NUMBER, PHONE_END, WHOLE_NUMBER, OrderFilter
from storage.repositories.base import LAST_CHARACTER, Repository, in_list
from storage.repositories.order_waits import OrderWaits

MAX_FOUND = 500
"""A search by the end of a phone shows the newest of these."""
MAX_LOOKED_UP = 5_000
"""So many orders of one name are quicker looked up and sorted than met along the list; of more it is the reverse.

On either engine, with a million orders: 5,000 rows looked up one by one take about as long as 10,000 in passing, and
a name that one order in 200 has fills a page of 50 within 10,000.
"""
NEWEST_SEARCHED = 10_000
"""So many of the newest orders are looked through for a part of a name that is not its beginning."""


@dataclass(frozen=True)
class Found:
    """What a search leaves of the orders: where few come from, further conditions, and the parameters of both."""

    source: str = ""
    where: tuple[str, ...] = ()
    values: dict[str, Any] = field(default_factory=dict)
    few: bool = False
    waits: dict[int, int] = field(default_factory=dict)
    """Since when (ms) each order waits, by its id, where that is asked for."""


class OrderSearch(Repository):
    async def find(self, wanted: OrderFilter) -> Found | None:
        """What the search and what the orders wait for leave of them; None when there is nothing."""
        found = await self.search(wanted) if wanted.search else Found()
        if found is None:
            return None
        if wanted.not_offered and (offered := await OrderWaits(self.connection).offered(wanted)):
            in_sql, marks = in_list("offered", sorted(offered))
            found = replace(
                found, where=(*found.where, f"id NOT IN {in_sql}"), values={**found.values, **marks}
            )
        if not wanted.waits_for:
            return found
        waits = await OrderWaits(self.connection).of(wanted)
        if not waits:
            return None
        in_sql, marks = in_list("waiting", sorted(waits))
        return replace(
            found,
            where=(*found.where, f"id IN {in_sql}"),
            values={**found.values, **marks},
            few=True,
            waits=waits,
        )

    async def search(self, wanted: OrderFilter) -> Found | None:
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
    def _few(ids: list[int]) -> Found:
        in_sql, marks = in_list("id", sorted(set(ids)))
        return Found(where=(f"id IN {in_sql}",), values=marks, few=True)

    async def _by_digits(self, text: str) -> list[int]:
        found: list[int] = []
        if ORDER_NUMBER.fullmatch(text):
            found += await self._ids("SELECT id FROM orders WHERE id = :id", {"id": int(text)})
        if PHONE_END.fullmatch(text) or (not found and LOCAL_PHONE.fullmatch(text)):
            found += await self._ids_of_patients("p.phone_tail = :tail", {"tail": text[-4:]})
        return found

    async def _by_phone(self, wanted: OrderFilter) -> list[int]:
        """Of exactly this phone; of patients whose old row has no hash yet, by its end."""
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
            {**values, "most": MAX_FOUND},
        )

    async def _by_name(self, text: str) -> Found | None:
        """Orders of patients whose name begins like this, however the two are written."""
        name = search_form(text)
        if not name:
            return None
        values: dict[str, Any] = {"name": name, "name_end": name + LAST_CHARACTER}
        named = ("patient_name_key >= :name", "patient_name_key < :name_end")
        those = (
            f"SELECT id AS order_id FROM orders{self.connection.index_hint('ix_orders_patient_name_key_id')} "
            f"WHERE {' AND '.join(named)}"
        )
        count = await self._count(f"SELECT COUNT(*) FROM ({those} LIMIT {MAX_LOOKED_UP + 1}) named", values)
        if not count:
            return await self._by_part_of_name(name)
        if count <= MAX_LOOKED_UP:
            source = f"({those} LIMIT {MAX_LOOKED_UP + 1}) named CROSS JOIN orders ON id = order_id"
            return Found(source, values=values, few=True)
        return Found(where=named, values=values)

    async def _by_part_of_name(self, name: str) -> Found | None:
        """No name begins like this: orders among the newest whose patient's name contains it. A given name, or the
        surname of Alexander Wei; no index serves this, and old orders are not looked for in this way."""
        newest = await self._count("SELECT MAX(id) FROM orders")
        ids = await self._ids(
            "SELECT id FROM orders WHERE id > :oldest AND INSTR(patient_name_key, :name) > 0 "
            "ORDER BY id DESC LIMIT :most",
            {"oldest": newest - NEWEST_SEARCHED, "name": name, "most": MAX_FOUND},
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
            {"quoted": f'"{number}"', "most": MAX_FOUND},
        )

    async def _ids(self, sql: str, parameters: dict[str, Any]) -> list[int]:
        return [int(row[0]) for row in await self.connection.fetch_all(sql, parameters)]
