"""The administrators' forms about money outside of WeChat."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from schemas.admin import Yuan
from schemas.base import Choice, Day, Input, Text, Whole
from storage.models import OfflineMethod


class SupplementOrOrder(Whole):
    """A supplement of the order; 0, or nothing: the order itself."""

    def __init__(self) -> None:
        super().__init__(0, required=False, load_default=0, metadata={"label": "补款"})

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        return super()._deserialize("0" if value == "" else value, attr, data, **kwargs)


class HandlingForm(Input):
    """How money changed hands: by which way, by whom, and when."""

    method = Choice(tuple(OfflineMethod), metadata={"label": "方式"})
    reference = Text(0, 120, load_default="", metadata={"label": "凭证号"})
    handled_by = Text(1, 32, metadata={"label": "经手人"})
    day = Day(metadata={"label": "日期"})
    time = Text(5, 5, pattern=r"^(?:[01][0-9]|2[0-3]):[0-5][0-9]$", metadata={"label": "时间"})
    note = Text(0, 200, load_default="", metadata={"label": "备注"})


class ReceiptForm(HandlingForm):
    supplement_id = SupplementOrOrder()
    amount_fen = Yuan(1, "收款金额", data_key="amount")


class CorrectionForm(ReceiptForm):
    reason = Text(1, 80, metadata={"label": "更正的原因"})


class ReversalForm(Input):
    supplement_id = SupplementOrOrder()
    reason = Text(1, 80, metadata={"label": "撤销的原因"})
