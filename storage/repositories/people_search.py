"""Customers as the office finds them: users by name, phone, number, and what a page of them shows.

A user is found by their nickname, by what the office has called them, by the names of their patients (those that orders
carry, too), and as an escort. A part of a name that very many have finds the first ``MAX_PEOPLE`` of them, and says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from personal.names import MIN_PART
from storage.filters import MAX_PEOPLE
from storage.models import Escort, NameKind, OfficeCustomer, Order, Patient, User
from storage.repositories.base import LAST_CHARACTER, Mapped, Repository, in_list
from storage.repositories.names import containing
from storage.repositories.order_search import OrderSearch
from storage.views import CustomerSummary

MAX_ORDERS_OF_NAME = 2_000
"""So many orders of a name are looked at for whose they are."""
MAX_NAMES = 5_000
"""So many different names that contain the same two characters are looked at."""
_USERS = Mapped("users", User)
_ORDERS = Mapped("orders", Order)
_PATIENTS = Mapped("patients", Patient)
_ESCORTS = Mapped("escorts", Escort)
_CUSTOMERS = Mapped("office_customers", OfficeCustomer)
_NAMED = (
    (NameKind.PATIENT, "patients", "name_key", "user_id", "ix_patients_name_key_id", MAX_PEOPLE),
    (NameKind.USER, "users", "nickname_key", "id", "ix_users_nickname_key_id", MAX_PEOPLE),
    (
        NameKind.USER,
        "office_customers",
        "name_key",
        "user_id",
        "ix_office_customers_name_key_user_id",
        MAX_PEOPLE,
    ),
    (
        NameKind.PATIENT,
        "orders",
        "patient_name_key",
        "user_id",
        "ix_orders_patient_name_key_id",
        MAX_ORDERS_OF_NAME,
    ),
)
"""Kind of names, table, column, whose row it is, the index that finds the rows of a name, how many of them are read."""
SEALED_PHONES = ("patients", "office_customers", "escorts")


class PeopleSearch(Repository):
    async def owners(self, order_ids: Iterable[int]) -> set[int]:
        """Whose these orders are."""
        ids = sorted(set(order_ids))
        if not ids:
            return set()
        in_sql, marks = in_list("id", ids)
        return await self._ids(f"SELECT user_id FROM orders WHERE id IN {in_sql}", marks)

    async def with_money_number(self, number: str) -> set[int]:
        """Whose order was paid or refunded under this number, ours or WeChat's."""
        return await self.owners(await OrderSearch(self.connection).by_number(number))

    async def existing(self, user_id: int) -> set[int]:
        return await self._ids("SELECT id FROM users WHERE id = :id", {"id": user_id})

    async def with_phone(self, patients: tuple[str, ...], customers: tuple[str, ...]) -> set[int]:
        """Whose patient, or who themselves, has this phone: its hashes under each key."""
        found: set[int] = set()
        for table, hashes in (("patients", patients), ("office_customers", customers)):
            if hashes:
                in_sql, marks = in_list("hash", hashes)
                sql = f"SELECT user_id FROM {table} WHERE phone_hash IN {in_sql} LIMIT {MAX_PEOPLE}"
                found |= await self._ids(sql, marks)
        return found

    async def phones_ending(self, tail: str, table: str) -> list[tuple[int, str]]:
        """Users and the sealed phones, with these last four digits, of one of ``SEALED_PHONES``. Escorts' phones have
        no index: these are few."""
        rows = await self.connection.fetch_all(
            f"SELECT user_id, phone_sealed FROM {table} WHERE phone_tail = :tail LIMIT {MAX_PEOPLE}",
            {"tail": tail},
        )
        return [(int(row[0]), str(row[1])) for row in rows]

    async def named(self, name: str, others: tuple[str, ...] = ()) -> tuple[set[int], bool]:
        """Users one of whose names contains ``name``, and ``others`` with it; and whether there are more of them."""
        found = await self._ids(
            f"SELECT user_id FROM escorts WHERE INSTR(name_key, :name) > 0 LIMIT {MAX_PEOPLE}", {"name": name}
        )
        many = len(found) >= MAX_PEOPLE
        for kind, table, column, owner, index, most in _NAMED:
            if len(found) > MAX_PEOPLE:
                return found, True
            where, values = self._names(kind, column, name, others)
            hint = self.connection.index_hint(index)
            source = f"{table} t{hint} WHERE {where}"
            if len(name) >= MIN_PART:
                source = (
                    f"(SELECT DISTINCT name_key AS listed FROM name_parts WHERE {where} LIMIT {MAX_NAMES}) names "
                    f"CROSS JOIN {table} t{hint} ON t.{column} = listed"
                )
            rows = await self.connection.fetch_all(f"SELECT t.{owner} FROM {source} LIMIT {most + 1}", values)
            found |= {int(row[0]) for row in rows}
            many = many or len(rows) > most
        return found, many

    @staticmethod
    def _names(kind: NameKind, column: str, name: str, others: tuple[str, ...]) -> tuple[str, dict[str, Any]]:
        """Names that contain all of these; a single character only begins one."""
        if len(name) >= MIN_PART:
            column = "name_key"
            where, values = containing(kind, name)
        else:
            where, values = f"{column} >= :name AND {column} < :name_end", {"name": name}
            values["name_end"] = name + LAST_CHARACTER
        marks = {f"other_{number}": other for number, other in enumerate(others)}
        return " AND ".join([where, *(f"INSTR({column}, :{mark}) > 0" for mark in marks)]), {
            **values,
            **marks,
        }

    async def having_name(self, user_ids: set[int], name: str) -> set[int]:
        """Those of these users who are found by a name that contains this one."""
        found: set[int] = set()
        tables = [(table, column, owner) for _, table, column, owner, _, _ in _NAMED]
        for table, column, owner in (("escorts", "name_key", "user_id"), *tables):  # the most rows last
            left = sorted(user_ids - found)
            if left:
                in_sql, marks = in_list("id", left)
                sql = f"SELECT {owner} FROM {table} WHERE {owner} IN {in_sql} AND INSTR({column}, :name) > 0"
                found |= await self._ids(sql, {**marks, "name": name})
        return found

    async def by_last_order(self, user_ids: Iterable[int]) -> list[tuple[int, int]]:
        """(Id of the last order, or 0; user) of these users, the last order first. Of each only that one is read."""
        ids = sorted(set(user_ids), reverse=True)[:MAX_PEOPLE]
        if not ids:
            return []
        in_sql, marks = in_list("id", ids)
        hint = self.connection.index_hint("ix_orders_user_id_id")
        rows = await self.connection.fetch_all(
            f"SELECT u.id, (SELECT o.id FROM orders o{hint} WHERE o.user_id = u.id ORDER BY o.id DESC LIMIT 1) "
            f"FROM users u WHERE u.id IN {in_sql}",
            marks,
        )
        last = {int(row[0]): int(row[1] or 0) for row in rows}
        return sorted(((last.get(user_id, 0), user_id) for user_id in ids), reverse=True)

    async def summaries(self, people: list[tuple[int, int]]) -> list[CustomerSummary]:
        """What a list shows of users, given with their last orders; in this order. One query a table."""
        if not people:
            return []
        in_sql, marks = in_list("id", [user_id for _, user_id in people])
        users = {user.id: user for user in _USERS.all(await self._of(_USERS, f"id IN {in_sql}", marks))}
        patients = _PATIENTS.all(await self._of(_PATIENTS, f"user_id IN {in_sql} AND name <> ''", marks))
        patients.sort(key=lambda patient: patient.id)
        escorts = _ESCORTS.all(await self._of(_ESCORTS, f"user_id IN {in_sql}", marks))
        customers = _CUSTOMERS.all(await self._of(_CUSTOMERS, f"user_id IN {in_sql}", marks))
        counts = await self.connection.fetch_all(
            f"SELECT user_id, COUNT(*) FROM orders WHERE user_id IN {in_sql} GROUP BY user_id", marks
        )
        last_sql, last = in_list("last", [order_id for order_id, _ in people])
        orders = {
            order.id: order for order in _ORDERS.all(await self._of(_ORDERS, f"id IN {last_sql}", last))
        }
        return [
            CustomerSummary(
                user=users[user_id],
                patients=[patient for patient in patients if patient.user_id == user_id],
                escort=next((escort for escort in escorts if escort.user_id == user_id), None),
                customer=next((customer for customer in customers if customer.user_id == user_id), None),
                orders=next((int(row[1]) for row in counts if row[0] == user_id), 0),
                last_order=orders.get(order_id),
            )
            for order_id, user_id in people
            if user_id in users
        ]

    async def _of(self, mapped: Mapped[Any], where: str, marks: dict[str, Any]) -> Any:
        return await self.connection.fetch_all(f"{mapped.select} WHERE {where}", marks)

    async def _ids(self, sql: str, parameters: dict[str, Any]) -> set[int]:
        return {int(row[0]) for row in await self.connection.fetch_all(sql, parameters)}
