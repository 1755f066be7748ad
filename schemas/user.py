"""Requests and replies of the mini-program's user: login, profile, patients, escort application, privacy."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from orders.escorts.review import OwnApplication
from personal.id_numbers import MAX_UNKNOWN_NUMBER
from privacy import ESCORT_PHONE, PATIENT_ID_NUMBER, PATIENT_PHONE, Vault, masked_id_number, masked_phone
from schemas.base import MISSING, Choice, Input, Output, Text, Whole
from schemas.content_state import content_state
from schemas.personal import IdNumber, PersonName, Phone
from schemas.wire import ESCORT_STATUS, ID_KINDS, RELATIONS, id_kind_name, time_text, yes_or_no
from storage.models import Patient, Session, User
from storage.views import ListedPatient


class Login(Input):
    code = Text(1, 128, metadata={"description": "the code from wx.login"})


class LoginReply(Output):
    warrant = fields.String(required=True)
    expiresIn = fields.Integer(required=True, metadata={"description": "seconds"})


class Profile(Input):
    avatar_path = Text(0, 511, data_key="avatarURL", required=True)
    nickname = Text(0, 63, required=True)


class Consents(Input):
    """Released clients send no consent; a client that sends one must have all that is needed."""

    consent = Choice(
        ("y", "n"),
        data_key="consentGiven",
        required=False,
        load_default="",
        metadata={
            "description": "the separate consent to storing sensitive personal data, which is recorded with its "
            "time. n is refused; without the field nothing is recorded"
        },
    )
    guardian_consent = Choice(
        ("y", "n"),
        data_key="guardianConsentGiven",
        required=False,
        load_default="",
        metadata={"description": "with consentGiven, for a minor: the guardian's consent. Not y: refused"},
    )

    @validates_schema
    def _check_consent_is_given(self, data: dict[str, str], **_: object) -> None:
        if data["consent"] == "n":
            raise ValidationError("需要您单独同意，我们才能保存这些信息", "consentGiven")
        if data["consent"] and data["adult"] == "n" and data["guardian_consent"] != "y":
            raise ValidationError("未成年人需要监护人同意", "guardianConsentGiven")


class NewPatient(IdNumber, Consents):
    id_number = Text(0, MAX_UNKNOWN_NUMBER, data_key="idcard", load_default="")
    id_later = Choice(
        ("y", "n"),
        data_key="idcardLater",
        required=False,
        load_default="n",
        metadata={
            "description": "y: without an ID number for now; services that need one (needsIdNumber of catalog/) cannot "
            "be ordered before it is there"
        },
    )
    adult = Choice(("y", "n"), data_key="if18")
    name = PersonName()
    sex = Choice(("m", "w"))
    phone = Phone()
    relation = Choice(RELATIONS)

    @validates_schema
    def _number_now_or_later(self, data: dict[str, str], **_: object) -> None:
        if not data["id_number"] and data["id_later"] == "n":
            raise ValidationError(MISSING, "idcard")


class EditedPatient(NewPatient):
    """A number that is left out or empty stays as it is: clients are shown it masked."""

    id = Whole()
    phone = Phone(load_default="")
    id_later = Choice(("y", "n"), data_key="idcardLater", required=False, load_default="y")


class OneId(Input):
    id = Whole()


class EscortApplication(Input):
    name = PersonName(all_chinese=16)
    phone = Phone()


class DeleteMe(Input):
    confirm = Choice(("删除",), metadata={"description": "the word that the user typed"})


class Done(Output):
    msg = fields.String()


class Added(Output):
    id = fields.Integer(required=True)
    msg = fields.String(required=True)


class PatientRow(Input):
    id = fields.Integer(required=True)
    name = fields.String(required=True)
    if18 = Choice(("y", "n"))
    sex = Choice(("m", "w"))
    phone = fields.String(required=True, metadata={"description": "masked"})
    idcard = fields.String(required=True, metadata={"description": "masked"})
    relation = Choice(RELATIONS)


class PatientDetail(PatientRow):
    idcardKind = Choice(
        ("", *ID_KINDS), metadata={"description": "kind of identity document, empty while it is not known"}
    )
    consentGiven = Choice(("y", "n"), metadata={"description": "y: the separate consent is recorded"})
    guardianConsentGiven = Choice(("y", "n"))


def patient_row(patient: Patient | ListedPatient, vault: Vault) -> dict[str, Any]:
    """A patient as the user sees it, in the fields that released clients know; phone and ID number masked."""
    return {
        "id": patient.id,
        "name": patient.name,
        "if18": yes_or_no(patient.adult),
        "sex": patient.sex,
        "phone": masked_phone(vault.open(patient.phone_sealed, PATIENT_PHONE)),
        "idcard": masked_id_number(vault.open(patient.id_number_sealed, PATIENT_ID_NUMBER)),
        "relation": patient.relation,
    }


def patient_detail_row(patient: Patient, vault: Vault) -> dict[str, Any]:
    """A patient to be edited: with the kind of identity document and the recorded consents."""
    return {
        **patient_row(patient, vault),
        "idcardKind": id_kind_name(patient.id_kind),
        "consentGiven": yes_or_no(patient.consented_at),
        "guardianConsentGiven": yes_or_no(patient.guardian_consented_at),
    }


class PatientReply(Output):
    friend = fields.Nested(PatientDetail, required=True)


class PatientsReply(Output):
    msg = fields.String(required=True)
    data = fields.List(fields.Nested(PatientRow), required=True)


class EscortRow(Input):
    name = fields.String(required=True)
    phone = fields.String(required=True, metadata={"description": "masked"})
    status = Choice(tuple(ESCORT_STATUS.values()))
    appliedTime = fields.String(required=True)
    approvedName = fields.String(
        required=True,
        metadata={
            "description": "the name that stays in force while a new application is reviewed, or empty"
        },
    )


def escort_row(own: OwnApplication | None, vault: Vault) -> dict[str, Any] | None:
    """One's own application as the user sees it; None while there is none."""
    if own is None:
        return None
    return {
        "name": own.name,
        "phone": masked_phone(vault.open(own.phone_sealed, ESCORT_PHONE)),
        "status": ESCORT_STATUS[own.state],
        "appliedTime": time_text(own.applied_at),
        "approvedName": own.approved_name,
    }


class EscortReply(Output):
    caregiver = fields.Nested(EscortRow, allow_none=True, required=True)


class MeRow(Input):
    nickname = fields.String(required=True)
    avatar = fields.String(required=True, metadata={"description": "relative to the server's root, or empty"})
    orders = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        required=True,
        metadata={"description": "number of orders per progress; 退款 counts both refund states"},
    )
    patients = fields.Integer(required=True)
    nicknameState = content_state()
    avatarState = content_state()


def avatar_url(user: User) -> str:
    """Relative to the server's root; empty without an uploaded picture. A released client's path on that phone
    is never shown."""
    return avatar_file_url(user.avatar_file)


def avatar_file_url(avatar_file: str) -> str:
    """The same from the name of the picture, or nothing."""
    return f"avatars/{avatar_file}" if avatar_file else ""


class MeReply(Output):
    user = fields.Nested(MeRow, required=True)
    caregiver = fields.Nested(EscortRow, allow_none=True, required=True)


class AvatarReply(Output):
    avatar = fields.String(required=True)


class DeviceRow(Input):
    id = fields.Integer(required=True)
    device = fields.String(
        required=True, metadata={"description": "iPhone, 安卓手机 and the like; empty for an older login"}
    )
    createdTime = fields.String(required=True)
    lastUsedTime = fields.String(required=True, metadata={"description": "to the hour"})
    current = fields.Boolean(required=True, metadata={"description": "the device that asks"})


def device_row(session: Session, current_id: int) -> dict[str, Any]:
    return {
        "id": session.id,
        "device": session.device,
        "createdTime": time_text(session.created_at),
        "lastUsedTime": time_text(session.last_seen_at),
        "current": session.id == current_id,
    }


class DevicesReply(Output):
    data = fields.List(fields.Nested(DeviceRow), required=True)


class EndDevice(Input):
    id = Whole(0, metadata={"description": "0: every device but the one that asks"})


class ExportReply(Output):
    data = fields.Dict(required=True)
