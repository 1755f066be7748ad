"""Phones and ID numbers of patients as they are stored: sealed, in their normal form, with a hash to find them by.

Rows from before there were normal forms are read once, in the background, when the server has started.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import TypedDict, TypeVar

from personal.id_numbers import IdKind, comparable_id_number, guess_id_kind
from personal.phones import PhoneError, phone_key, phone_tail, read_phone
from privacy import ESCORT_PHONE, PATIENT_ID_NUMBER, PATIENT_PHONE, PrivacyError, Vault
from storage import Storage
from storage.models import Patient
from storage.views import KnownIdNumber
from storage.writes import PatientColumns

logger = logging.getLogger("hospital.personal_numbers")

SomePatient = TypeVar("SomePatient", Patient, KnownIdNumber)
PAGE = 200
HASHES: dict[tuple[str, str], tuple[str, Callable[[str], str]]] = {
    ("patients", "phone_sealed"): ("phone_hash", phone_key),
    ("patients", "id_number_sealed"): ("id_number_hash", comparable_id_number),
    ("office_customers", "phone_sealed"): ("phone_hash", phone_key),
}
"""Of sealed columns the column of the keyed hash beside it, and what is hashed: the rotation of the key renews both."""


class PhoneColumns(TypedDict):
    phone_sealed: str
    phone_tail: str
    phone_hash: str


class IdNumberColumns(TypedDict):
    id_kind: str
    id_number_sealed: str
    id_number_hash: str


def phone_columns(vault: Vault, phone: str) -> PhoneColumns:
    """The columns of a patient's phone, which is in its normal form or, in an old row, as it was typed."""
    return {
        "phone_sealed": vault.seal(phone, PATIENT_PHONE),
        "phone_tail": phone_tail(phone),
        "phone_hash": vault.hash(phone_key(phone), PATIENT_PHONE),
    }


def id_number_columns(vault: Vault, kind: IdKind | None, number: str) -> IdNumberColumns:
    """The columns of a patient's ID number."""
    return {
        "id_kind": kind or "",
        "id_number_sealed": vault.seal(number, PATIENT_ID_NUMBER),
        "id_number_hash": vault.hash(comparable_id_number(number), PATIENT_ID_NUMBER),
    }


def phone_hashes(vault: Vault, text: str) -> tuple[str, ...]:
    """What a phone is found by; nothing for a text that is none."""
    try:
        return vault.hashes(phone_key(read_phone(text)), PATIENT_PHONE)
    except PhoneError:
        return ()


def find_same_id_number(vault: Vault, patients: list[SomePatient], number: str) -> SomePatient | None:
    """Of these patients the first who has this ID number, however it is written."""
    form = comparable_id_number(number)
    hashes = vault.hashes(form, PATIENT_ID_NUMBER)
    for patient in patients:
        if patient.id_number_hash in hashes:
            return patient
        unread = patient.id_number_sealed and not patient.id_number_hash
        if unread and comparable_id_number(vault.open(patient.id_number_sealed, PATIENT_ID_NUMBER)) == form:
            return patient
    return None


def normalized_columns(vault: Vault, patient: Patient) -> PatientColumns:
    """The columns of an old row as they are written today."""
    content = PatientColumns()
    if patient.phone_sealed:
        phone = normal_phone(vault.open(patient.phone_sealed, PATIENT_PHONE))
        content = replace(content, **phone_columns(vault, phone))
    if patient.id_number_sealed:
        stored = vault.open(patient.id_number_sealed, PATIENT_ID_NUMBER)
        kind, number = (IdKind(patient.id_kind), stored) if patient.id_kind else guess_id_kind(stored)
        content = replace(content, **id_number_columns(vault, kind, number))
    return content


def normal_phone(stored: str) -> str:
    """The normal form of a phone from before there was one; what is no phone stays as it is."""
    try:
        return read_phone(stored)
    except PhoneError:
        return stored


def normalized_escort_phone(vault: Vault, phone_sealed: str) -> str:
    """An escort's phone in its normal form when it must be sealed again; empty when it need not be."""
    if not phone_sealed:
        return ""
    stored = vault.open(phone_sealed, ESCORT_PHONE)
    phone = normal_phone(stored)
    return phone if phone != stored or not vault.current(phone_sealed) else ""


async def normalize_old_rows(storage: Storage, vault: Vault) -> int:
    """Bring every phone and ID number that was stored earlier into its normal form; how many rows were changed.

    Safe in several processes at once: a row that changed meanwhile is left alone.
    """
    changed = await normalize_old_patients(storage, vault)
    try:
        return changed + await normalize_old_escorts(storage, vault)
    except PrivacyError:
        logger.warning("an escort's phone does not open with the configured keys")
        return changed


async def normalize_old_patients(storage: Storage, vault: Vault) -> int:
    """How many rows were changed. One that does not open with the configured keys does not hold up the others."""
    last, changed, unreadable = 0, 0, 0
    while True:
        async with storage.reading() as reader:
            page = await reader.patients.unread_after(last, PAGE)
        for patient in page:
            last = patient.id
            try:
                content = normalized_columns(vault, patient)
            except PrivacyError:
                unreadable += 1
                continue
            async with storage.transaction() as tx:
                changed += await tx.patients.renew(patient, content)
                await tx.commit()
        if len(page) < PAGE:
            break
    if unreadable:
        logger.warning("numbers of %d patients do not open with the configured keys", unreadable)
    return changed


async def normalize_old_escorts(storage: Storage, vault: Vault) -> int:
    """The same of escorts, who are few, and their new applications. Raises PrivacyError for a number that does not
    open."""
    before, changed = None, 0
    while True:
        async with storage.transaction() as tx:
            page = await tx.escorts.page(before=before, limit=PAGE)
            applications = await tx.escorts.applications({escort.id for escort in page})
            for escort in page:
                before = escort.id
                if phone := normalized_escort_phone(vault, escort.phone_sealed):
                    sealed = vault.seal(phone, ESCORT_PHONE)
                    changed += await tx.escorts.reseal(escort, sealed, phone_tail(phone))
                new = applications.get(escort.id)
                if new and (phone := normalized_escort_phone(vault, new.phone_sealed)):
                    sealed = vault.seal(phone, ESCORT_PHONE)
                    changed += await tx.escorts.reseal_application(new, sealed, phone_tail(phone))
            await tx.commit()
        if len(page) < PAGE:
            return changed
