"""The administrators' forms about escorts' pay."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields

from money import AmountRefused, read_typed_amount
from orders.escort_pay.months import MONTH
from orders.escort_pay.statements import MAX_QUESTION_LENGTH
from payment.transfers.deciding import MAX_NOTE_LENGTH
from schemas.base import MISSING, Choice, Day, Input, Text, Whole
from storage.models import PayRuleKind

RULE_KINDS = tuple(str(kind) for kind in PayRuleKind)
MORE, LESS = "more", "less"
_PERCENT = re.compile(r"[0-9]{1,3}(\.[0-9]{1,2})?", re.ASCII)


class TypedValue(fields.String):
    """An amount in yuan or a percentage, as the kind beside it says; nothing typed: 0."""

    def __init__(self) -> None:
        super().__init__(
            load_default="",
            metadata={"label": "多少"},
            error_messages={"null": MISSING, "invalid": "应为数字"},
        )


class NewRule(Input):
    service_id = Whole(0, metadata={"label": "服务"})
    escort_id = Whole(0, metadata={"label": "陪诊员"})
    kind = Choice(RULE_KINDS, metadata={"label": "怎样算"})
    typed = TypedValue()
    valid_from = Day(metadata={"label": "从哪天起"})


def rule_value(kind: str, typed: str) -> int:
    """Fen, or hundredths of a percent. Raises ValidationError."""
    if kind == PayRuleKind.NONE:
        return 0
    if kind == PayRuleKind.PERCENT:
        digits = typed.strip().removesuffix("%").removesuffix("％").strip()
        if not _PERCENT.fullmatch(digits):
            raise ValidationError({"typed": ["应为百分比，例如 45 或 45.5，最多两位小数"]})
        whole, _, rest = digits.partition(".")
        return int(whole) * 100 + int(rest.ljust(2, "0"))
    try:
        return read_typed_amount(typed)
    except AmountRefused as refusal:
        raise ValidationError({"typed": [str(refusal)]}) from None


class SignedYuan(fields.String):
    """An amount that a person types without a sign; loaded as fen."""

    def __init__(self) -> None:
        super().__init__(
            required=True,
            metadata={"label": "金额"},
            error_messages={"required": MISSING, "null": MISSING, "invalid": "应为金额"},
        )

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        try:
            return read_typed_amount(super()._deserialize(value, attr, data, **kwargs))
        except AmountRefused as refusal:
            raise ValidationError(str(refusal)) from None


class PayCorrection(Input):
    direction = Choice((MORE, LESS), metadata={"label": "增加还是扣减"})
    amount = SignedYuan()
    reason = Text(1, 200, metadata={"label": "原因"})


class OrderCorrection(PayCorrection):
    escort_id = Whole(metadata={"label": "陪诊员"})


class OneMonth(Input):
    month = Text(7, 7, pattern=f"^{MONTH.pattern}$", metadata={"label": "月份"})


class StatementAnswer(Input):
    text = Text(1, MAX_QUESTION_LENGTH, metadata={"label": "答复"})


class TransferNotPaid(Input):
    note = Text(1, MAX_NOTE_LENGTH, metadata={"label": "原因"})


class TransferPaid(Input):
    day = Day(metadata={"label": "到账日期"})
    note = Text(1, MAX_NOTE_LENGTH, metadata={"label": "凭证"})


class BankTransfer(Input):
    day = Day(metadata={"label": "付款日期"})
    reference = Text(1, 127, metadata={"label": "银行流水号"})
