"""Orders by words: any part of the patient's name, of the escort's, of the hospital's, a day, an end of a phone.

A word's orders are looked up along an index when they are few. Words are combined: the fewest orders are looked up,
and the other words compared with each of them. When each word by itself has very many, the newest orders are looked
through.
"""

from __future__ import annotations

from dataclasses import field, replace
from typing import Any

from frozen_dataclasses import frozen
from personal.names import MIN_PART, search_form
from storage.filters import ORDER_NUMBER, PHONE_END, SearchWord, read_words
from storage.models import NameKind
from storage.repositories.base import LAST_CHARACTER, Repository, in_list
from storage.repositories.names import containing

MAX_FOUND = 500
"""A search by the end of a phone shows the newest of these."""
MAX_LOOKED_UP = 5_000
"""So many orders of one name are quicker looked up and sorted than met along the list; of more it is the reverse.

On either engine, with a million orders: 5,000 rows looked up one by one take about as long as 10,000 in passing, and
a name that one order in 200 has fills a page of 50 within 10,000.
"""
MAX_NAMES = 20_000
"""So many different names that contain the same two characters are looked at: more than all those that 5,000 orders
have, and those of patients without orders besides."""
MAX_ESCORTS = 50
"""So many escorts are meant by a part of a name."""
NEWEST_SEARCHED = 10_000
"""So many of the newest orders are looked through for what no index serves."""


@frozen()
class Found:
    """What a search leaves of the orders: where few come from, further conditions, and the parameters of both."""

    source: str = ""
    where: tuple[str, ...] = ()
    values: dict[str, Any] = field(default_factory=dict)
    few: bool = False
    waits: dict[int, int] = field(default_factory=dict)
    """Since when (ms) each order waits, by its id, where that is asked for."""
    newest: bool = False
    """Only the newest orders were looked through: there may be more."""


@frozen()
class _Word:
    """What a word means: true of an order, and the few orders of which it is, when they are few."""

    where: str
    values: dict[str, Any]
    orders: str = ""
    """A SELECT of their ids; empty when they are many, or no index finds them."""
    count: int = 0


def few(ids: list[int]) -> Found:
    in_sql, marks = in_list("id", sorted(set(ids)))
    return Found(where=(f"id IN {in_sql}",), values=marks, few=True)


class OrderWords(Repository):
    async def find(self, text: str, today: str) -> Found | None:
        """Orders whose patient's or escort's name contains the text, or that have each of its words."""
        found = await self._by_name(search_form(text))
        words = [word for word in read_words(text, today) if search_form(word.text)]
        if found is not None or len(words) < 2:
            return found
        return await self._all_of(
            [await self._word(word, f"w{number}_") for number, word in enumerate(words)]
        )

    # ---------------------------------------------------------------- one name

    async def _by_name(self, name: str) -> Found | None:
        """Orders of patients whose name contains this; without any, those of such escorts."""
        if not name:
            return None
        values: dict[str, Any] = {"name": name}
        if len(name) < MIN_PART:
            values["name_end"] = name + LAST_CHARACTER
            where: tuple[str, ...] = ("patient_name_key >= :name", "patient_name_key < :name_end")
            those = f"SELECT id AS found_id FROM {self._along_names('orders')} WHERE {' AND '.join(where)}"
        else:
            those, marks = self._of_names(name)
            values |= marks
            where = ("INSTR(patient_name_key, :name) > 0",)
        count = await self._few_of(those, values)
        if count > MAX_LOOKED_UP:
            return Found(where=where, values=values)
        if count:
            return self._looked_up(those, values)
        if len(name) < MIN_PART:
            return await self._among_newest(["INSTR(patient_name_key, :name) > 0"], {"name": name})
        return await self._by_escort(name)

    async def _by_escort(self, name: str) -> Found | None:
        escorts = await self._escorts(name)
        if not escorts:
            return None
        where, those, values = self._of_escorts(escorts)
        count = await self._few_of(those, values)
        if not count:
            return None
        return (
            self._looked_up(those, values) if count <= MAX_LOOKED_UP else Found(where=(where,), values=values)
        )

    def _looked_up(self, those: str, values: dict[str, Any], where: tuple[str, ...] = ()) -> Found:
        source = f"({those} LIMIT {MAX_LOOKED_UP + 1}) named CROSS JOIN orders ON id = found_id"
        return Found(source, where, values, few=True)

    async def _few_of(self, those: str, values: dict[str, Any]) -> int:
        """How many orders these are, counted no further than it matters."""
        return await self._count(f"SELECT COUNT(*) FROM ({those} LIMIT {MAX_LOOKED_UP + 1}) counted", values)

    async def _among_newest(self, where: list[str], values: dict[str, Any]) -> Found | None:
        """No index serves this: of the newest orders alone, those of which all is true."""
        newest = await self._count("SELECT MAX(id) FROM orders")
        rows = await self.connection.fetch_all(
            f"SELECT id FROM orders WHERE id > :oldest AND {' AND '.join(where)} ORDER BY id DESC LIMIT :most",
            {**values, "oldest": newest - NEWEST_SEARCHED, "most": MAX_FOUND},
        )
        ids, older = [int(row[0]) for row in rows], newest > NEWEST_SEARCHED
        if not ids:
            return Found(where=("1 = 0",), few=True, newest=True) if older else None
        return replace(few(ids), newest=older)

    def _along_names(self, table: str) -> str:
        return f"{table}{self.connection.index_hint('ix_orders_patient_name_key_id')}"

    def _of_names(self, name: str, mark: str = "") -> tuple[str, dict[str, Any]]:
        """The orders whose patient's name contains this, through the list of names; ``mark``: before parameters."""
        where, values = containing(NameKind.PATIENT, name, mark)
        return (
            f"SELECT o.id AS found_id FROM (SELECT DISTINCT name_key AS listed FROM name_parts WHERE {where} "
            f"LIMIT {MAX_NAMES}) names CROSS JOIN {self._along_names('orders o')} ON o.patient_name_key = listed",
            values,
        )

    async def _escorts(self, name: str) -> list[int]:
        """Escorts whose name contains this. They are few enough to be looked through."""
        rows = await self.connection.fetch_all(
            "SELECT id FROM escorts WHERE INSTR(name_key, :name) > 0 ORDER BY id DESC LIMIT :limit",
            {"name": name, "limit": MAX_ESCORTS},
        )
        return [int(row[0]) for row in rows]

    def _of_escorts(self, escorts: list[int], mark: str = "") -> tuple[str, str, dict[str, Any]]:
        in_sql, values = in_list(f"{mark}escort", escorts)
        hint = self.connection.index_hint("ix_orders_escort_id_created_at_id")
        where = f"escort_id IN {in_sql}"
        return where, f"SELECT id AS found_id FROM orders{hint} WHERE {where}", values

    # ---------------------------------------------------------------- several words

    async def _all_of(self, words: list[_Word]) -> Found | None:
        values = {name: value for word in words for name, value in word.values.items()}
        looked_up = [word for word in words if word.orders]
        if not looked_up:
            return await self._among_newest([word.where for word in words], values)
        fewest = min(looked_up, key=lambda word: word.count)
        if not fewest.count:
            return None
        others = tuple(word.where for word in words if word is not fewest)
        return self._looked_up(fewest.orders, values, others)

    async def _word(self, word: SearchWord, mark: str) -> _Word:
        if word.date:
            where, values = f"visit_date = :{mark}day", {f"{mark}day": word.date}
            hint = self.connection.index_hint("ix_orders_visit_date_id")
            return await self._one(where, values, [f"SELECT id AS found_id FROM orders{hint} WHERE {where}"])
        if ORDER_NUMBER.fullmatch(word.text):
            return await self._number(word.text, mark)
        return await self._text(word.text, mark)

    async def _number(self, text: str, mark: str) -> _Word:
        """An order, or those for patients whose phone ends like this."""
        values: dict[str, Any] = {f"{mark}id": int(text)}
        those = [f"SELECT id AS found_id FROM orders WHERE id = :{mark}id"]
        if PHONE_END.fullmatch(text):
            values[f"{mark}tail"] = text
            of_patients = f"SELECT p.id FROM patients p WHERE p.phone_tail = :{mark}tail"
            those.append(
                f"SELECT o.id AS found_id FROM ({of_patients}) ends CROSS JOIN orders o ON o.patient_id = ends.id"
            )
        where = f"id IN (SELECT found_id FROM ({' UNION '.join(those)}) {mark}numbered)"
        return await self._one(where, values, those)

    async def _text(self, text: str, mark: str) -> _Word:
        """A part of the patient's, the escort's or the hospital's name."""
        name = search_form(text)
        values: dict[str, Any] = {f"{mark}name": name, f"{mark}place": text}
        where = [f"INSTR(patient_name_key, :{mark}name) > 0", f"INSTR(hospital_name, :{mark}place) > 0"]
        if len(name) < MIN_PART:
            return _Word(where[0], values)
        those, marks = self._of_names(name, mark)
        sources, values = [those], {**values, **marks}
        if escorts := await self._escorts(name):
            of_escorts, those, marks = self._of_escorts(escorts, mark)
            where.append(of_escorts)
            sources.append(those)
            values |= marks
        if hospitals := await self._hospitals(text):
            in_sql, marks = in_list(f"{mark}hospital", hospitals)
            hint = self.connection.index_hint("ix_orders_hospital_id_created_at_id")
            sources.append(f"SELECT id AS found_id FROM orders{hint} WHERE hospital_id IN {in_sql}")
            values |= marks
        found = await self._one(f"({' OR '.join(where)})", values, sources)
        # An order carries its hospital's name of that time, or one that was typed: no index finds those.
        return found if found.count else replace(found, orders="")

    async def _hospitals(self, text: str) -> list[int]:
        rows = await self.connection.fetch_all(
            "SELECT id FROM hospitals WHERE INSTR(name, :text) > 0 ORDER BY id", {"text": text}
        )
        return [int(row[0]) for row in rows]

    async def _one(self, where: str, values: dict[str, Any], sources: list[str]) -> _Word:
        """A word with the orders of which it is true, when they are few."""
        bounded = [
            f"SELECT found_id FROM ({those} LIMIT {MAX_LOOKED_UP + 1}) part_{number}"
            for number, those in enumerate(sources)
        ]
        together = " UNION ".join(bounded)
        those = f"SELECT found_id FROM ({together}) together"
        count = await self._few_of(those, values)
        return _Word(where, values, those if count <= MAX_LOOKED_UP else "", count)
