"""Requests of the mini-program's user: login, profile, patients, escort application, privacy."""

from __future__ import annotations

from marshmallow import ValidationError, fields, validates_schema

from personal.papers import MAX_UNKNOWN_NUMBER
from schemas.base import Choice, Input, Output, Text, Whole
from schemas.personal import Paper, PersonName, Phone
from schemas.wire import ESCORT_STATUS, PAPERS, RELATIONS


class Login(Input):
    code = Text(1, 128, metadata={"description": "the code from wx.login"})


class LoginReply(Output):
    warrant = fields.String(required=True)
    expiresIn = fields.Integer(required=True, metadata={"description": "seconds"})


class Profile(Input):
    avatar_path = Text(0, 511, data_key="avatarURL", required=True)
    nickname = Text(0, 63, required=True)


class Consents(Input):
    """Released clients ask for consent, if at all, without telling; whoever tells must have all that is needed."""

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
    def _whoever_tells_of_consent_has_it(self, data: dict[str, str], **_: object) -> None:
        if data["consent"] == "n":
            raise ValidationError("需要您单独同意，我们才能保存这些信息", "consentGiven")
        if data["consent"] and data["adult"] == "n" and data["guardian_consent"] != "y":
            raise ValidationError("未成年人需要监护人同意", "guardianConsentGiven")


class NewPatient(Paper, Consents):
    adult = Choice(("y", "n"), data_key="if18")
    name = PersonName()
    sex = Choice(("m", "w"))
    phone = Phone()
    relation = Choice(RELATIONS)


class EditedPatient(NewPatient):
    """A number that is left out or empty stays as it is: clients are shown it masked."""

    id = Whole()
    phone = Phone(load_default="")
    id_number = Text(0, MAX_UNKNOWN_NUMBER, data_key="idcard", load_default="")


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
    idcardKind = Choice(("", *PAPERS), metadata={"description": "kind of paper, empty while it is not known"})
    consentGiven = Choice(("y", "n"), metadata={"description": "y: the separate consent is recorded"})
    guardianConsentGiven = Choice(("y", "n"))


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


class DevicesReply(Output):
    data = fields.List(fields.Nested(DeviceRow), required=True)


class EndDevice(Input):
    id = Whole(0, metadata={"description": "0: every device but the one that asks"})


class ExportReply(Output):
    data = fields.Dict(required=True)
