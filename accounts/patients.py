"""A user's patients: how many there may be, one per ID number, whose consent is needed, and their end."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from accounts.personal_numbers import find_same_id_number, id_number_columns, phone_columns
from clock import DAY
from frozen_dataclasses import frozen
from personal.id_numbers import IdKind
from privacy import PATIENT_ID_NUMBER, PATIENT_PHONE, Vault
from refusals import AccountClosed, InvalidInput, Refused, Unknown
from storage import Transaction
from storage.models import ErasureSubject, Patient
from storage.views import KnownIdNumber
from storage.writes import PatientColumns

MAX_PATIENTS = 50
MAX_ADDED_PER_DAY = 100
MAX_EVER_ADDED = 1_000
"""Deleted ones count, too."""
FORGET_AFTER = DAY
"""From the deletion of a patient, or the last change of the last order that needed the ID number, to its end."""


class TooManyPatients(Refused):
    """Adding and deleting patients over and over does not fill the database."""

    slug = "too_many_patients"


class SameIdNumber(Refused):
    """Another patient of the user has this ID number already."""

    slug = "same_id_number"


class NumberErased(Refused):
    """The user has deleted the patient, and the number is no longer kept."""

    slug = "number_erased"
    message = "用户已删除这位就诊人，号码不再保存"


class NumberNotGiven(Refused):
    """The patient was added without an ID number, and has none yet."""

    slug = "number_not_given"
    message = "这位就诊人还没有填写证件号码"


NUMBERS = {"phone": PATIENT_PHONE, "id_number": PATIENT_ID_NUMBER}


def reveal(vault: Vault, patient: Patient, what: str) -> str:
    """One of the patient's ``NUMBERS`` in full. Raises NumberErased, NumberNotGiven."""
    sealed = {"phone": patient.phone_sealed, "id_number": patient.id_number_sealed}[what]
    if not sealed:
        raise NumberNotGiven if patient.deleted_at is None else NumberErased
    return vault.open(sealed, NUMBERS[what])


@frozen()
class PatientContent:
    """What a user tells of a patient, in normal form. Of a change an empty phone or ID number: as it was; a new patient
    without an ID number has none yet."""

    name: str
    adult: bool
    sex: str
    relation: str
    phone: str
    id_kind: IdKind | None
    id_number: str
    consent: bool
    """The separate consent to keep sensitive data was given, and the guardian's with it for a minor. False: the client
    did not tell."""


async def add(
    tx: Transaction, vault: Vault, user_id: int, content: PatientContent, at: int
) -> tuple[int, KnownIdNumber | None]:
    """The new patient's id; or the id of the patient who has the same ID number already, and that one, unchanged.
    Raises TooManyPatients, AccountClosed."""
    is_living, known, counts, asked, listed = await tx.together(
        tx.users.lock_living(user_id),
        tx.patients.id_numbers_of_user(user_id),
        tx.patients.counts_of_user(user_id, at - DAY),
        tx.erasure_requests.get(user_id, ErasureSubject.PHONE),
        tx.patients.name_is_listed(content.name),
    )
    if not is_living:
        raise AccountClosed
    if content.id_number and (same := find_same_id_number(vault, known, content.id_number)):
        return same.id, same
    _refuse_too_many(*counts)
    if content.phone and asked and asked.done_at is None:
        await tx.erasure_requests.withdraw(user_id, ErasureSubject.PHONE, at)
    columns = _columns(vault, content, at)
    if not content.id_number:
        columns = replace(columns, id_kind="", id_number_sealed="", id_number_hash="")
    return await tx.patients.add(user_id, columns, at, name_is_listed=listed), None


async def edit(
    tx: Transaction, vault: Vault, user_id: int, patient_id: int, content: PatientContent, at: int
) -> None:
    """Change a patient; orders keep the name that they were placed under. Raises Unknown, InvalidInput, SameIdNumber,
    AccountClosed."""
    is_living, patients = await tx.together(tx.users.lock_living(user_id), tx.patients.of_user(user_id))
    if not is_living:
        raise AccountClosed
    patient = next((one for one in patients if one.id == patient_id), None)
    if patient is None:
        raise Unknown
    _check_guardian(patient, content)
    others = [one for one in patients if one.id != patient.id]
    if content.id_number and (same := find_same_id_number(vault, others, content.id_number)):
        raise SameIdNumber(f"这个证件号码已经用在另一位就诊人{same.name}上")
    if content.phone:
        await tx.erasure_requests.withdraw(user_id, ErasureSubject.PHONE, at)
    await tx.patients.edit(patient.id, _columns(vault, content, at))


async def delete(tx: Transaction, user_id: int, patient_id: int, at: int) -> None:
    """Old orders still show the name; ``accounts.forgetting`` ends the ID number. Raises Unknown."""
    if not await tx.patients.delete(patient_id, user_id, at, at + FORGET_AFTER):
        raise Unknown


def _refuse_too_many(living: int, today: int, ever: int) -> None:
    if living >= MAX_PATIENTS:
        raise TooManyPatients(f"最多可以添加 {MAX_PATIENTS} 位就诊人")
    if today >= MAX_ADDED_PER_DAY:
        raise TooManyPatients("今天添加的就诊人太多了，请明天再试，或联系客服")
    if ever >= MAX_EVER_ADDED:
        raise TooManyPatients("添加过的就诊人太多了，请联系客服")


def _check_guardian(patient: Patient, content: PatientContent) -> None:
    """A patient who was added as an adult with a recorded consent needs the guardian's to become a minor."""
    turns_minor = patient.adult and not content.adult
    if turns_minor and patient.consented_at is not None and not content.consent:
        raise InvalidInput("guardian_consent", "未成年人需要监护人同意")


def _columns(vault: Vault, content: PatientContent, at: int) -> PatientColumns:
    values: dict[str, Any] = {}
    if content.phone:
        values |= phone_columns(vault, content.phone)
    if content.id_number:
        values |= id_number_columns(vault, content.id_kind, content.id_number)
    if content.consent:
        values["consented_at"] = at
        if not content.adult:
            values["guardian_consented_at"] = at
    return PatientColumns(
        name=content.name, adult=content.adult, sex=content.sex, relation=content.relation, **values
    )
