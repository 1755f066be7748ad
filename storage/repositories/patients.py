"""Patients: whom an order is for. Phone and ID number arrive here encrypted."""

from __future__ import annotations

from typing import Any

from personal.names import search_form
from storage.models import NameKind, Patient
from storage.repositories.base import OF_SESSION, Mapped, Repository, in_list
from storage.repositories.names import Names
from storage.views import KnownIdNumber, ListedPatient
from storage.writes import PatientColumns, columns

_PATIENTS = Mapped("patients", Patient)
_LISTED = Mapped("patients", ListedPatient)
_ID_NUMBERS = Mapped("patients", KnownIdNumber)
_NO_NAME = "name = '', name_key = '', phone_sealed = '', phone_tail = '', phone_hash = ''"
_NO_ID_NUMBER = "id_kind = '', id_number_sealed = '', id_number_hash = ''"


def _columns(content: PatientColumns) -> dict[str, Any]:
    """The content's columns, with what the name is compared by."""
    values = columns(content)
    return {**values, "name_key": search_form(values["name"])} if "name" in values else values


class Patients(Repository):
    async def add(
        self, user_id: int, content: PatientColumns, at: int, *, name_is_listed: bool | None = None
    ) -> int:
        """The new patient's id. ``name_is_listed``: what ``name_is_listed`` has told in this transaction."""
        values = _columns(content)
        key = values.get("name_key", "")
        patient_id = await self._insert("patients", {"user_id": user_id, **values, "created_at": at})
        if name_is_listed is None:
            await self._names.add(NameKind.PATIENT, key)
        elif not name_is_listed:
            await self._names.list(NameKind.PATIENT, key)
        return patient_id

    async def name_is_listed(self, name: str) -> bool:
        """Do the lists of names have it already? They keep it until this transaction has ended."""
        return await self._names.is_listed(NameKind.PATIENT, search_form(name))

    async def edit(self, patient_id: int, content: PatientColumns) -> int:
        """Change a patient that is not deleted. Rows changed."""
        values = _columns(content)
        before = await self._name_keys("id = :id", {"id": patient_id}) if "name_key" in values else []
        changed = await self._update(
            "patients", values, "id = :id AND deleted_at IS NULL", {"id": patient_id}
        )
        if changed and before:
            await self._names.replace(NameKind.PATIENT, before, values["name_key"])
        return changed

    @property
    def _names(self) -> Names:
        return Names(self.connection)

    async def _name_keys(self, where: str, values: dict[str, Any]) -> list[str]:
        """What the names of these patients are compared by."""
        rows = await self.connection.fetch_all(f"SELECT name_key FROM patients WHERE {where}", values)
        return [str(row[0]) for row in rows]

    async def hand_over(self, patient_id: int, user_id: int) -> None:
        """The patient is another user's from now on."""
        await self.connection.execute(
            "UPDATE patients SET user_id = :user WHERE id = :id", {"id": patient_id, "user": user_id}
        )

    async def of_user(self, user_id: int) -> list[Patient]:
        """The user's patients without the deleted ones, oldest first."""
        rows = await self.connection.fetch_all(
            f"{_PATIENTS.select} WHERE user_id = :user_id AND deleted_at IS NULL ORDER BY id",
            {"user_id": user_id},
        )
        return _PATIENTS.all(rows)

    async def listed(self, session: str) -> list[ListedPatient]:
        """The same of the user whose session has this hash of its token."""
        rows = await self.connection.fetch_all(
            f"{_LISTED.select} WHERE user_id = {OF_SESSION} AND deleted_at IS NULL ORDER BY id",
            {"session": session},
        )
        return _LISTED.all(rows)

    async def id_numbers_of_user(self, user_id: int) -> list[KnownIdNumber]:
        """Of the user's patients without the deleted ones, oldest first."""
        rows = await self.connection.fetch_all(
            f"{_ID_NUMBERS.select} WHERE user_id = :user_id AND deleted_at IS NULL ORDER BY id",
            {"user_id": user_id},
        )
        return _ID_NUMBERS.all(rows)

    async def deleted_of_user(self, user_id: int, limit: int) -> list[Patient]:
        """Those whom the user has deleted, newest first."""
        rows = await self.connection.fetch_all(
            f"{_PATIENTS.select} WHERE user_id = :user_id AND deleted_at IS NOT NULL ORDER BY id DESC LIMIT :limit",
            {"user_id": user_id, "limit": limit},
        )
        return _PATIENTS.all(rows)

    async def page_of_user(self, user_id: int, after: int, limit: int) -> list[Patient]:
        """The user's patients and those whom the user has deleted, oldest first, from the id ``after`` on."""
        return await self._oldest(_PATIENTS, ["user_id = :user_id"], {"user_id": user_id}, after, limit)

    async def counts_of_user(self, user_id: int, since: int) -> tuple[int, int, int]:
        """How many patients the user has, has added since ``since``, and has ever added: deleted ones count, too."""
        row = await self.connection.fetch_one(
            "SELECT SUM(CASE WHEN deleted_at IS NULL THEN 1 ELSE 0 END), "
            "SUM(CASE WHEN created_at >= :since THEN 1 ELSE 0 END) AS since, COUNT(*) FROM patients "
            "WHERE user_id = :user_id",
            {"user_id": user_id, "since": since},
        )
        assert row is not None
        return int(row[0] or 0), int(row[1] or 0), int(row[2])

    async def count_of_user(self, user_id: int) -> int:
        return await self._count(
            "SELECT COUNT(*) FROM patients WHERE user_id = :user_id AND deleted_at IS NULL",
            {"user_id": user_id},
        )

    async def owned(self, patient_id: int, user_id: int) -> Patient | None:
        """The patient if it is this user's and not deleted."""
        row = await self.connection.fetch_one(
            f"{_PATIENTS.select} WHERE id = :id AND user_id = :user_id AND deleted_at IS NULL",
            {"id": patient_id, "user_id": user_id},
        )
        return _PATIENTS.one(row)

    async def names(self, patient_ids: set[int]) -> dict[int, str]:
        """The names of these patients, by patient; empty ones of those that were erased."""
        if not patient_ids:
            return {}
        in_sql, marks = in_list("id", sorted(patient_ids))
        rows = await self.connection.fetch_all(f"SELECT id, name FROM patients WHERE id IN {in_sql}", marks)
        return {int(row[0]): str(row[1]) for row in rows}

    async def get(self, patient_id: int) -> Patient | None:
        return _PATIENTS.one(
            await self.connection.fetch_one(f"{_PATIENTS.select} WHERE id = :id", {"id": patient_id})
        )

    async def delete(self, patient_id: int, user_id: int, at: int, forget_at: int) -> int:
        """Soft: old orders still point at it. Rows changed: 0 when it is not there or not this user's."""
        return await self.connection.execute(
            "UPDATE patients SET deleted_at = :at, forget_at = :forget_at "
            "WHERE id = :id AND user_id = :user_id AND deleted_at IS NULL",
            {"id": patient_id, "user_id": user_id, "at": at, "forget_at": forget_at},
        )

    async def erase_of_user(self, user_id: int, at: int) -> int:
        """Take everything personal out of all the user's patients. When they were consented to stays: the proof."""
        before = await self._name_keys("user_id = :user_id", {"user_id": user_id})
        changed = await self.connection.execute(
            f"UPDATE patients SET {_NO_NAME}, {_NO_ID_NUMBER}, "
            "deleted_at = COALESCE(deleted_at, :at), forget_at = NULL WHERE user_id = :user_id",
            {"user_id": user_id, "at": at},
        )
        await self._names.let_go(NameKind.PATIENT, before)
        return changed

    async def to_forget(self, at: int, limit: int, after: int = 0) -> list[int]:
        """Deleted patients to be looked at now, along their ids, behind ``after``."""
        rows = await self.connection.fetch_all(
            "SELECT id FROM patients WHERE forget_at <= :at AND id > :after ORDER BY id LIMIT :limit",
            {"at": at, "limit": limit, "after": after},
        )
        return [int(row[0]) for row in rows]

    async def orders_of(self, patient_id: int) -> list[tuple[str, int]]:
        """Of every order for the patient its state, and when it came to that state."""
        rows = await self.connection.fetch_all(
            "SELECT state, (SELECT MAX(at) FROM order_history WHERE order_id = orders.id) FROM orders "
            "WHERE patient_id = :id",
            {"id": patient_id},
        )
        return [(str(state), int(at or 0)) for state, at in rows]

    async def look_again(self, patient_id: int, at: int) -> None:
        """Something still needs the deleted patient's ID number."""
        await self.connection.execute(
            "UPDATE patients SET forget_at = :at WHERE id = :id AND forget_at IS NOT NULL",
            {"id": patient_id, "at": at},
        )

    async def forget(self, patient_id: int, *, wholly: bool) -> None:
        """Take the ID number out of a deleted patient; ``wholly``: name and phone too."""
        settings, before = f"{_NO_ID_NUMBER}, forget_at = NULL", list[str]()
        if wholly:
            settings += f", {_NO_NAME}"
            before = await self._name_keys("id = :id AND deleted_at IS NOT NULL", {"id": patient_id})
        await self.connection.execute(
            f"UPDATE patients SET {settings} WHERE id = :id AND deleted_at IS NOT NULL", {"id": patient_id}
        )
        await self._names.let_go(NameKind.PATIENT, before)

    async def unread_after(self, last_id: int, limit: int) -> list[Patient]:
        """A page, by id, of those whose numbers were stored before there were normal forms and hashes."""
        return await self._oldest(_PATIENTS, ["phone_hash = ''", "phone_sealed <> ''"], {}, last_id, limit)

    async def renew(self, patient: Patient, content: PatientColumns) -> int:
        """Replace columns of the phone and the ID number unless one of the two changed meanwhile. Rows changed."""
        return await self._update(
            "patients",
            _columns(content),
            "id = :id AND phone_sealed = :old_phone AND id_number_sealed = :old_number",
            {
                "id": patient.id,
                "old_phone": patient.phone_sealed,
                "old_number": patient.id_number_sealed,
            },
        )
