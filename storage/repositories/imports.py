"""Rows of another system, with the ids and moments that they had there."""

from __future__ import annotations

from dataclasses import fields

from personal.names import search_form
from storage.models import NEW_ID, Attempt, Escort, NameKind, Order, OrderStep, Patient, User
from storage.repositories.base import Repository
from storage.repositories.names import Names

Imported = User | Patient | Escort | Order | OrderStep | Attempt
_TABLES: dict[type, str] = {
    User: "users",
    Patient: "patients",
    Escort: "escorts",
    Order: "orders",
    OrderStep: "order_history",
    Attempt: "payment_attempts",
}


class Imports(Repository):
    async def add(self, row: Imported) -> int:
        """Insert the row as it is; its id. Raises Duplicate when the id or a unique column is taken."""
        values = {item.name: getattr(row, item.name) for item in fields(row)}
        if values["id"] == NEW_ID:
            del values["id"]
        for name, value in values.items():
            if isinstance(value, bool):  # both engines store a truth value as 0 or 1
                values[name] = int(value)
        if isinstance(row, Patient | Escort):
            values["name_key"] = search_form(row.name)
        made = await self._insert(_TABLES[type(row)], values)
        if isinstance(row, Patient | Order):
            listed = values["name_key"] if isinstance(row, Patient) else row.patient_name_key
            await Names(self.connection).add(NameKind.PATIENT, listed)
        elif isinstance(row, User):
            await Names(self.connection).add(NameKind.USER, row.nickname_key)
        return made
