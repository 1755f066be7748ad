"""The form with which the office changes a paid order, and the one that decides about a user's request."""

from __future__ import annotations

from marshmallow import ValidationError, fields, validates_schema

from schemas.base import Choice, ClockTime, Day, Input, Text, Whole
from schemas.personal import Phone

BY_USER, BY_COMPANY = "user", "company"


def _label(text: str) -> dict[str, str]:
    return {"label": text}


class ChangeForm(Input):
    visit_date = Day(metadata=_label("日期"))
    visit_time = ClockTime(metadata=_label("时间"))
    hospital_id = Whole(0, metadata=_label("医院"))
    hospital_name = Text(0, 64, load_default="", metadata=_label("医院名称"))
    campus = Text(0, 64, load_default="", metadata=_label("院区"))
    meeting_point = Text(0, 128, load_default="", metadata=_label("见面地点"))
    department = Text(0, 64, load_default="", metadata=_label("科室"))
    contact_phone = Phone(load_default="", metadata=_label("联系电话"))
    no_contact_phone = fields.Boolean(load_default=False, metadata=_label("联系电话"))
    wishes = Text(0, 10_240, load_default="", metadata=_label("其他需求"))
    wanted_by = Choice((BY_USER, BY_COMPANY), metadata=_label("谁要改"))
    take_escort_off = fields.Boolean(load_default=False, metadata=_label("取消安排"))
    reason = Text(1, 80, metadata=_label("原因"))


class MoveDecision(Input):
    request_id = Whole(metadata=_label("申请"))
    decision = Choice(("accept", "refuse"), metadata=_label("决定"))
    take_escort_off = fields.Boolean(load_default=False, metadata=_label("取消安排"))
    note = Text(0, 80, load_default="", metadata=_label("说明"))

    @validates_schema
    def _a_refusal_says_why(self, data: dict[str, str], **_: object) -> None:
        if data["decision"] == "refuse" and not data["note"]:
            raise ValidationError("不同意时请写下原因，用户会看到", "note")
