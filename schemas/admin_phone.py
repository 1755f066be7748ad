"""The administrators' form of an order by phone. Its fields are called as those of the order form inside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, pre_load, validates_schema

from personal.id_numbers import MAX_UNKNOWN_NUMBER
from schemas.base import Choice, ClockTime, Day, Input, Text, Whole
from schemas.personal import IdNumber, PersonName, Phone
from schemas.visit_facts import APPOINTMENTS, HEARINGS, MOBILITIES
from schemas.wire import ID_KINDS, RELATIONS

SELF = "本人"


class ChosenOrNone(Whole):
    """A row of a list whose first line is none; that one: 0."""

    def __init__(self, label: str) -> None:
        super().__init__(0, load_default=0, required=False, metadata={"label": label})

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        return super()._deserialize("0" if value == "" else value, attr, data, **kwargs)


def _choice(choices: tuple[str, ...], label: str) -> Choice:
    return Choice(choices, required=False, load_default="", metadata={"label": label})


class PhoneOrderForm(IdNumber):
    """``patient_id`` 0: a new patient, of whom name, sex and age are needed."""

    customer_name = PersonName(metadata={"label": "客户姓名"})
    customer_phone = Phone(metadata={"label": "客户电话"})
    patient_id = ChosenOrNone("就诊人")
    patient_name = PersonName(load_default="", metadata={"label": "就诊人姓名"})
    patient_sex = _choice(("", "m", "w"), "性别")
    patient_adult = _choice(("", "y", "n"), "是否成年")
    patient_phone = Phone(load_default="", metadata={"label": "就诊人电话"})
    relation = _choice(("", *RELATIONS), "与客户的关系")
    id_number = Text(
        0, MAX_UNKNOWN_NUMBER, data_key="idcard", load_default="", metadata={"label": "证件号码"}
    )
    id_kind = Choice(
        ("", *ID_KINDS),
        data_key="idcardKind",
        required=False,
        load_default="",
        metadata={"label": "证件类型"},
    )
    consent = _choice(("", "y"), "客户同意")
    service_id = Whole(metadata={"label": "服务"})
    hospital_id = Whole(0, metadata={"label": "医院"})
    hospital_name = Text(0, 64, load_default="", metadata={"label": "医院名称"})
    department = Text(0, 64, load_default="", metadata={"label": "科室"})
    visit_date = Day(metadata={"label": "就诊日期"})
    visit_time = ClockTime(metadata={"label": "就诊时间"})
    campus = Text(0, 64, load_default="", metadata={"label": "院区"})
    meeting_point = Text(0, 128, load_default="", metadata={"label": "见面地点"})
    contact_phone = Phone(load_default="", metadata={"label": "当天联系电话"})
    appointment = _choice(APPOINTMENTS, "挂号")
    mobility = _choice(MOBILITIES, "行动")
    hearing = _choice(HEARINGS, "听力")
    wishes = Text(0, 2_000, load_default="", metadata={"label": "其他需求"})

    @pre_load
    def _the_customer_is_the_patient(self, data: Mapping[str, Any], **_: object) -> dict[str, Any]:
        """Who goes to the hospital themselves is not asked for the name twice."""
        if data.get("relation") == SELF and not str(data.get("patient_name", "")).strip():
            return {**data, "patient_name": data.get("customer_name", "")}
        return dict(data)

    @validates_schema
    def _new_patient_is_whole(self, data: dict[str, Any], **_: object) -> None:
        if data.get("patient_id"):
            return
        problems = {}
        if len(data.get("patient_name", "")) < 2:
            problems["patient_name"] = ["请填写就诊人的姓名"]
        for name, sentence in (
            ("patient_sex", "请选择性别"),
            ("patient_adult", "请选择是否成年"),
            ("relation", "请选择与客户的关系"),
            ("consent", "保存就诊人的资料要先征得客户同意；未成年人要监护人同意"),
        ):
            if not data.get(name):
                problems[name] = [sentence]
        if problems:
            raise ValidationError(problems)

    @validates_schema
    def _other_hospital_is_named(self, data: dict[str, Any], **_: object) -> None:
        if data.get("hospital_id") == 0 and not data.get("hospital_name"):
            raise ValidationError("请填写医院的名称", "hospital_name")


class ShownClaim(Input):
    """What the page showed of a claim, sent back by it."""

    token = Text(1, 64, metadata={"label": "认领链接"})
    code = Text(1, 32, metadata={"label": "认领码"})
