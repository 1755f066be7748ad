"""Forms of the administration about supplements (补款)."""

from __future__ import annotations

from schemas.admin import Yuan
from schemas.base import Choice, Input, Text
from schemas.supplement import MAX_REASON
from storage.models import SupplementKind


class MadeSupplement(Input):
    kind = Choice(tuple(str(kind) for kind in SupplementKind), metadata={"label": "类型"})
    amount_fen = Yuan(1, "金额", data_key="amount")
    reason = Text(1, MAX_REASON, metadata={"label": "原因"})
    action_id = Text(16, 40, pattern=r"^[0-9A-Za-z_-]+$", metadata={"label": "编号"})


class OpenedSupplement(Input):
    amount_fen = Yuan(1, "金额", data_key="amount")
    reason = Text(0, MAX_REASON, load_default="", metadata={"label": "改金额的原因"})


class WithdrawnSupplement(Input):
    note = Text(1, MAX_REASON, metadata={"label": "说明"})
