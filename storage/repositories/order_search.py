"""What a search, or what orders wait for, leaves of them: few that are looked up first, or a condition along a list."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from personal.phones import phone_tail
from storage.filters import LOCAL_PHONE, ORDER_NUMBER, PHONE_END, WHOLE_NUMBER, OrderFilter
from storage.repositories.base import Repository, in_list
from storage.repositories.order_waits import OrderWaits
from storage.repositories.order_words import MAX_FOUND, Found, OrderWords, few


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
        """By order number, phone or its end, WeChat's or our own payment or refund number, or words.

        None when there is nothing.
        """
        text = wanted.search
        if WHOLE_NUMBER.fullmatch(text):
            ids = await self.by_number(text)
        else:
            text = text.removeprefix("#")
            ids = await self._by_digits(text) + await self._by_phone(wanted)
            if not ids:
                return await OrderWords(self.connection).find(text, wanted.today)
        return few(ids) if ids else None

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

    async def by_number(self, number: str) -> list[int]:
        """Orders with a payment or a refund under this number, ours or WeChat's."""
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
            "SELECT c.order_id FROM case_numbers n CROSS JOIN finance_cases c ON c.id = n.case_id "
            "WHERE n.number = :number AND c.order_id IS NOT NULL ORDER BY n.case_id DESC LIMIT :most",
            {"number": number, "most": MAX_FOUND},
        )

    async def _ids(self, sql: str, parameters: dict[str, Any]) -> list[int]:
        return [int(row[0]) for row in await self.connection.fetch_all(sql, parameters)]
