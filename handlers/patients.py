"""The user's patients (on the wire: friends)."""

from __future__ import annotations

from typing import Any

from clock import DAY
from handlers.base import ApiHandler
from handlers.errors import by_status, not_found, refused
from handlers.operation import operation
from privacy import masked_id_number, masked_phone, phone_tail
from schemas.user import Added, Done, NewPatient, OneId, PatientsReply
from storage import Transaction

PHONE, ID_NUMBER = "patients.phone", "patients.id_number"
MAX_PATIENTS = 50
MAX_ADDED_PER_DAY = 100
MAX_EVER_ADDED = 1_000
"""Deleted ones count, too."""
FORGET_AFTER = DAY
"""From the deletion of a patient, or the last change of the last order that needed the ID number, to its end."""


class PatientsHandler(ApiHandler):
    @operation(reply=PatientsReply(), auth="user")
    async def get(self) -> dict[str, Any]:
        """The caller's patients without the deleted ones; phone and ID number masked."""
        async with self.services.storage.reading() as reader:
            patients = await reader.patients.of_user(self.caller.id)
        vault = self.services.vault
        return {
            "msg": "",
            "data": [
                {
                    "id": patient.id,
                    "name": patient.name,
                    "if18": "y" if patient.adult else "n",
                    "sex": patient.sex,
                    "phone": masked_phone(vault.open(patient.phone_sealed, PHONE)),
                    "idcard": masked_id_number(vault.open(patient.id_number_sealed, ID_NUMBER)),
                    "relation": patient.relation,
                }
                for patient in patients
            ],
        }


class AddPatientHandler(ApiHandler):
    @operation(body=NewPatient(), reply=Added(), auth="user", errors=(409,))
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """Add a patient; phone and ID number are encrypted before they are stored."""
        vault, at = self.services.vault, self.now()
        minor = given["adult"] == "n"
        values = {
            "name": given["name"],
            "adult": int(not minor),
            "sex": given["sex"],
            "phone_sealed": vault.seal(given["phone"], PHONE),
            "phone_tail": phone_tail(given["phone"]),
            "id_number_sealed": vault.seal(given["id_number"], ID_NUMBER),
            "relation": given["relation"],
            "consented_at": at if given["consent"] else None,
            "guardian_consented_at": at if given["consent"] and minor else None,
        }
        async with self.services.storage.transaction() as tx:
            if not await tx.users.lock_living(self.caller.id):
                raise by_status(401)
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
    (r"/user/add1friend/", AddPatientHandler),
    (r"/user/delete1friend/", DeletePatientHandler),
]
