"""The user's patients (on the wire: friends)."""

from __future__ import annotations

from typing import Any

from accounts import patients
from accounts.patients import PatientContent
from accounts.user_sessions import OwnRows
from handlers.api_handler import ApiHandler
from handlers.errors import not_found
from handlers.operation import operation
from schemas.user import (
    Added,
    Done,
    EditedPatient,
    NewPatient,
    OneId,
    PatientReply,
    PatientsReply,
    patient_detail_row,
    patient_row,
)


class PatientsHandler(ApiHandler):
    own_rows = OwnRows(lambda reader, session: reader.patients.listed(session))

    @operation(reply=PatientsReply, auth="user")
    async def get(self) -> dict[str, Any]:
        """The caller's patients without the deleted ones; phone and ID number masked."""
        return {"msg": "", "data": [patient_row(patient, self.services.vault) for patient in self.rows]}


class PatientHandler(ApiHandler):
    @operation(query=OneId, reply=PatientReply, auth="user", errors=(404,))
    async def get(self, given: dict[str, Any]) -> dict[str, Any]:
        """One patient of the caller, to be edited: with the kind of identity document and the recorded consents."""
        async with self.services.storage.reading() as reader:
            patient = await reader.patients.owned(given["id"], self.caller.id)
        if patient is None:
            raise not_found()
        return {"friend": patient_detail_row(patient, self.services.vault)}


def _content(given: dict[str, Any]) -> PatientContent:
    return PatientContent(
        name=given["name"],
        adult=given["adult"] == "y",
        sex=given["sex"],
        relation=given["relation"],
        phone=given["phone"],
        id_kind=given.get("id_kind"),
        id_number=given["id_number"],
        consent=bool(given["consent"]),
    )


class AddPatientHandler(ApiHandler):
    @operation(body=NewPatient, reply=Added, auth="user", errors=(409,))
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """Add a patient; phone and ID number are encrypted before they are stored. The caller's patient who has the
        same ID number already is answered instead, and not changed."""
        content, vault, at = _content(given), self.services.vault, self.now()
        patient_id, same = await self.services.storage.run(
            lambda tx: patients.add(tx, vault, self.caller.id, content, at)
        )
        if same is not None:
            return {
                "id": patient_id,
                "msg": f"这个证件号码已经添加过，就诊人是{same.name}，没有重复添加",
            }
        return {"id": patient_id, "msg": "添加成功"}


class EditPatientHandler(ApiHandler):
    @operation(body=EditedPatient, reply=Done, auth="user", errors=(404, 409))
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """Change a patient of the caller; phone and ID number only when they are given. Orders keep the name that
        they were placed under."""
        content, vault, at = _content(given), self.services.vault, self.now()
        await self.services.storage.run(
            lambda tx: patients.edit(tx, vault, self.caller.id, given["id"], content, at)
        )
        return {"msg": "修改成功"}


class DeletePatientHandler(ApiHandler):
    @operation(body=OneId, reply=Done, auth="user", errors=(404,))
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """Delete a patient of the caller; old orders still show the name. The ID number is forgotten a day later, as
        soon as no order needs it."""
        at = self.now()
        await self.services.storage.run(lambda tx: patients.delete(tx, self.caller.id, given["id"], at))
        return {"msg": "删除成功"}


routes = [
    (r"/user/getFriends/", PatientsHandler),
    (r"/user/getFriend/", PatientHandler),
    (r"/user/add1friend/", AddPatientHandler),
    (r"/user/edit1friend/", EditPatientHandler),
    (r"/user/delete1friend/", DeletePatientHandler),
]
