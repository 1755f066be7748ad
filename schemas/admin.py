"""What the administrators' kept endpoints take and give, and the forms of their pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, validate

from money import AmountRefused, read_typed_amount
from schemas.base import MISSING, Choice, Day, Input, Output, Text, Whole
from storage.models import UNSERVED

FINISH_STATES = ("已付款", "已完成")


class Remark(Input):
    """On an escort application."""

    status = Text(0, 2_000, required=True, metadata={"description": "the remark", "label": "备注"})


class FinishState(Input):
    id = Whole()
    status = Choice(FINISH_STATES)


class Notes(Input):
    id = Whole()
    notes = Text(0, 10_240, required=True)


class Saved(Output):
    msg = fields.String(required=True)


# Forms of the pages


class Yuan(fields.String):
    """An amount that a person types, ``588``, ``￥588.50`` or ``1,588``; loaded as fen."""

    def __init__(self, least_fen: int, label: str, **options: Any) -> None:
        self.least_fen = least_fen
        options.setdefault("required", True)
        super().__init__(
            metadata={"label": label},
            error_messages={"required": MISSING, "null": MISSING, "invalid": "应为金额"},
            **options,
        )

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        try:
            fen = read_typed_amount(super()._deserialize(value, attr, data, **kwargs))
        except AmountRefused as refusal:
            raise ValidationError(str(refusal)) from None
        if fen < self.least_fen:
            raise ValidationError("金额太小")
        return fen


_SLUG = validate.Regexp(r"^[a-z_]{1,32}\Z", error="不正确")


def _text(label: str, shortest: int, longest: int, **options: Any) -> Text:
    if shortest == 0:
        options.setdefault("load_default", "")
    return Text(shortest, longest, metadata={"label": label}, **options)


def _password(label: str) -> fields.String:
    """Taken as it is typed: blanks at its ends belong to it."""
    return fields.String(
        required=True,
        validate=validate.Length(1, 200, error="长度应为 1–200 个字"),
        metadata={"label": label},
        error_messages={"required": MISSING, "null": MISSING, "invalid": "应为文字"},
    )


class Assignment(Input):
    escort_id = Whole(metadata={"label": "陪诊员"})
    half = Choice(("am", "pm", "day"), metadata={"label": "时段"})


class Unassignment(Input):
    reason = _text("原因", 0, 200)


class MembershipToEnd(Input):
    order = Whole(required=False, load_default=None, metadata={"label": "订单"})


class VersionedNotes(Input):
    notes = _text("备注", 0, 10_240)
    version = Whole(0, metadata={"label": "版本"})


class Reveal(Input):
    what = Choice(("phone", "id_number"), metadata={"label": "内容"})


class CustomerPhone(Input):
    patient = Whole(0, metadata={"label": "就诊人"})
    """0: the phone that the office has noted of the customer."""


class ShownRecord(Input):
    what = Choice(("record", "photos"), metadata={"label": "内容"})


class TroubleResolution(Input):
    resolution = _text("怎样处理的", 1, 200)
    then = Choice(("keep", "unassign"), metadata={"label": "陪诊员"})


class QuestionAnswer(Input):
    text = _text("回答", 1, 1000)
    action_id = Text(16, 40, pattern=r"^[0-9A-Za-z_-]+$", metadata={"label": "编号"})


class NewRefund(Input):
    amount_fen = Yuan(1, "退款金额", data_key="amount")
    reason = _text("退款原因", 1, 80)


class NewEnding(Input):
    ending = Choice(tuple(UNSERVED), metadata={"label": "结束方式"})
    amount_fen = Yuan(0, "退款金额", data_key="amount")
    reason = _text("原因", 1, 80)


class RefundApproval(Input):
    amount_fen = Yuan(0, "退款金额", data_key="amount")
    note = _text("说明", 0, 200)


class RefundRejection(Input):
    note = _text("拒绝原因", 1, 200)


class RatingAnswer(Input):
    answer = _text("回复", 0, 500)


class AskAboutPayment(Input):
    supplement = Whole(required=False, load_default=None, metadata={"label": "补款"})


class OptionalNote(Input):
    note = _text("说明", 0, 200)


class CaseNote(Input):
    note = _text("处理结果", 2, 2_000)


class BillDay(Input):
    day = Day(metadata={"label": "日期"})


class SeenAlarm(Input):
    """The row that the page showed, and how many it said."""

    day = Day(metadata={"label": "日期"})
    event = fields.String(required=True, validate=_SLUG, metadata={"label": "警报"})
    reason = fields.String(required=True, validate=_SLUG, metadata={"label": "原因"})
    count = Whole(metadata={"label": "次数"})


class UserRemark(Input):
    remark = _text("备注", 0, 2_000)


class Erasure(Input):
    confirm = Choice(("删除",), metadata={"label": "确认"})


class NewAccount(Input):
    name = _text("账号名", 1, 32)
    role = Choice(("owner", "clerk", "accountant"), metadata={"label": "角色"})
    password = _password("密码")


class NewPassword(Input):
    password = _password("新密码")


class OwnPassword(Input):
    old = _password("当前密码")
    password = _password("新密码")
    again = _password("再输入一次")


class TotpCode(Input):
    code = _text("验证码", 6, 8)
