"""The user's patients (on the wire: friends)."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError

from accounts.personal_numbers import ID_NUMBER, PHONE, paper_columns, phone_columns, with_same_paper
from clock import DAY
from handlers.base import ApiHandler
from handlers.errors import by_status, invalid, not_found, refused
from handlers.operation import operation
from privacy import Vault, masked_id_number, masked_phone
from schemas.user import Added, Done, EditedPatient, NewPatient, OneId, PatientReply, PatientsReply
from schemas.wire import paper_name
from storage import Transaction
from storage.models import Patient

MAX_PATIENTS = 50
MAX_ADDED_PER_DAY = 100
MAX_EVER_ADDED = 1_000
"""Deleted ones count, too."""
FORGET_AFTER = DAY
"""From the deletion of a patient, or the last change of the last order that needed the ID number, to its end."""


def patient_row(patient: Patient, vault: Vault) -> dict[str, Any]:
    """A patient as the user sees it, in the fields that released clients know; phone and ID number masked."""
    return {
        "id": patient.id,
        "name": patient.name,
        "if18": yes_or_no(patient.adult),
        "sex": patient.sex,
        "phone": masked_phone(vault.open(patient.phone_sealed, PHONE)),
        "idcard": masked_id_number(vault.open(patient.id_number_sealed, ID_NUMBER)),
        "relation": patient.relation,
    }


def yes_or_no(fact: object) -> str:
    return "y" if fact else "n"


class PatientsHandler(ApiHandler):
    @operation(reply=PatientsReply(), auth="user")
    async def get(self) -> dict[str, Any]:
        """The caller's patients without the deleted ones; phone and ID number masked."""
        async with self.services.storage.reading() as reader:
            patients = await reader.patients.of_user(self.caller.id)
        return {"msg": "", "data": [patient_row(patient, self.services.vault) for patient in patients]}


class PatientHandler(ApiHandler):
    @operation(query=OneId(), reply=PatientReply(), auth="user", errors=(404,))
    async def get(self, given: dict[str, Any]) -> dict[str, Any]:
        """One patient of the caller, to be edited: with the kind of paper and the recorded consents."""
        async with self.services.storage.reading() as reader:
            patient = await reader.patients.owned(given["id"], self.caller.id)
        if patient is None:
            raise not_found()
        return {
            "friend": {
                **patient_row(patient, self.services.vault),
                "idcardKind": paper_name(patient.id_kind),
                "consentGiven": yes_or_no(patient.consented_at),
                "guardianConsentGiven": yes_or_no(patient.guardian_consented_at),
            }
        }


class AddPatientHandler(ApiHandler):
    @operation(body=NewPatient(), reply=Added(), auth="user", errors=(409,))
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """Add a patient; phone and ID number are encrypted before they are stored. The caller's patient who has the
        same ID number already is answered instead, and not changed."""
        vault, at = self.services.vault, self.now()
        values = {
            **person_columns(given),
            **phone_columns(vault, given["phone"]),
            **paper_columns(vault, given["id_kind"], given["id_number"]),
            **consent_columns(given, at),
        }
        async with self.services.storage.transaction() as tx:
            if not await tx.users.lock_living(self.caller.id):
                raise by_status(401)
            known = await tx.patients.of_user(self.caller.id)
            if same := with_same_paper(vault, known, given["id_number"]):
                return {
                    "id": same.id,
                    "msg": f"这个证件号码已经添加过，就诊人是{same.name}，没有重复添加",
                }
            await _refuse_too_many(tx, self.caller.id, at)
            patient_id = await tx.patients.add(self.caller.id, values, at)
            await tx.commit()
        return {"id": patient_id, "msg": "添加成功"}


async def _refuse_too_many(tx: Transaction, user_id: int, at: int) -> None:
    """Raises ApiError 409: nobody fills the database by adding and deleting."""
    living, today, ever = await tx.patients.counts_of_user(user_id, at - DAY)
    if living >= MAX_PATIENTS:
        raise refused("too_many_patients", f"最多可以添加 {MAX_PATIENTS} 位就诊人")
    if today >= MAX_ADDED_PER_DAY:
        raise refused("too_many_patients", "今天添加的就诊人太多了，请明天再试，或联系客服")
    if ever >= MAX_EVER_ADDED:
        raise refused("too_many_patients", "添加过的就诊人太多了，请联系客服")


class EditPatientHandler(ApiHandler):
    @operation(body=EditedPatient(), reply=Done(), auth="user", errors=(404, 409))
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """Change a patient of the caller; phone and ID number only when they are given. Orders keep the name that
        they were placed under."""
        vault, at = self.services.vault, self.now()
        values: dict[str, Any] = {**person_columns(given), **consent_columns(given, at)}
        if given["phone"]:
            values |= phone_columns(vault, given["phone"])
        if given["id_number"]:
            values |= paper_columns(vault, given["id_kind"], given["id_number"])
        async with self.services.storage.transaction() as tx:
            if not await tx.users.lock_living(self.caller.id):
                raise by_status(401)
            patients = await tx.patients.of_user(self.caller.id)
            patient = next((one for one in patients if one.id == given["id"]), None)
            if patient is None:
                raise not_found()
            _check_guardian(patient, given)
            others = [one for one in patients if one.id != patient.id]
            if given["id_number"] and (same := with_same_paper(vault, others, given["id_number"])):
                raise refused("same_id_number", f"这个证件号码已经用在另一位就诊人{same.name}上")
            await tx.patients.edit(patient.id, values)
            await tx.commit()
        return {"msg": "修改成功"}


def person_columns(given: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": given["name"],
        "adult": int(given["adult"] == "y"),
        "sex": given["sex"],
        "relation": given["relation"],
    }


def consent_columns(given: dict[str, Any], at: int) -> dict[str, int]:
    """When what was consented to; nothing for a client that did not tell."""
    if not given["consent"]:
        return {}
    minor = given["adult"] == "n"
    return {"consented_at": at, **({"guardian_consented_at": at} if minor else {})}


def _check_guardian(patient: Patient, given: dict[str, Any]) -> None:
    """Whoever was added as an adult with a recorded consent needs the guardian's to become a minor."""
    turns_minor = patient.adult and given["adult"] == "n"
    if turns_minor and patient.consented_at is not None and not given["consent"]:
        message = "未成年人需要监护人同意"
        raise invalid(ValidationError({"guardianConsentGiven": [message]}))


class DeletePatientHandler(ApiHandler):
    @operation(body=OneId(), reply=Done(), auth="user", errors=(404,))
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """Delete a patient of the caller; old orders still show the name. The ID number is forgotten a day later, as
        soon as no order needs it."""
        at = self.now()
        async with self.services.storage.transaction() as tx:
            if not await tx.patients.delete(given["id"], self.caller.id, at, at + FORGET_AFTER):
                raise not_found()
            await tx.commit()
        return {"msg": "删除成功"}


routes = [
    (r"/user/getFriends/", PatientsHandler),
    (r"/user/getFriend/", PatientHandler),
    (r"/user/add1friend/", AddPatientHandler),
    (r"/user/edit1friend/", EditPatientHandler),
    (r"/user/delete1friend/", DeletePatientHandler),
]
