"""The administrators' forms that arrange who serves an order: invitations, another escort, several orders at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from schemas.admin import Yuan
from schemas.base import Choice, Day, DayOrNone, Input, Text, Whole

HALVES = ("am", "pm", "day")
DO_ASSIGN, DO_INVITE, DO_INVITE_ALL = "assign", "invite", "invite_all"


class Pay(Yuan):
    """What an escort is told to earn; nothing typed, None: what the rules of pay give; 0: it is not stated."""

    def __init__(self) -> None:
        super().__init__(0, "报酬", data_key="pay", required=False, load_default=None)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        typed_nothing = isinstance(value, str) and not value.strip()
        return None if typed_nothing else super()._deserialize(value, attr, data, **kwargs)


class ChosenEscort(Whole):
    """An escort of a list whose first line is nobody; nobody chosen: 0."""

    def __init__(self) -> None:
        super().__init__(0, load_default=0, required=False, metadata={"label": "陪诊员"})

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        return super()._deserialize("0" if value == "" else value, attr, data, **kwargs)


class NewInvitations(Input):
    half = Choice(HALVES, metadata={"label": "时段"})
    pay_fen = Pay()


class Reassignment(Input):
    new_escort_id = Whole(metadata={"label": "换成"})
    reason = Text(1, 80, metadata={"label": "原因"})


class LeaveHalf(Input):
    day = Day(metadata={"label": "日期"})
    half = Choice(HALVES, metadata={"label": "时段"})


class LeaveEntry(LeaveHalf):
    reason = Text(0, 60, load_default="", metadata={"label": "原因"})


class QualificationReview(Input):
    """``reason`` is read by the escort, ``expires_date`` empty for a document that does not expire."""

    reason = Text(0, 200, load_default="", metadata={"label": "原因"})
    expires_date = DayOrNone(metadata={"label": "有效期至"})


class SeveralOrders(Input):
    do = Choice((DO_ASSIGN, DO_INVITE, DO_INVITE_ALL), metadata={"label": "怎样安排"})
    escort_id = ChosenEscort()
    half = Choice(HALVES, metadata={"label": "时段"})
    pay_fen = Pay()


class PlanDay(Input):
    day = Day(metadata={"label": "日期"})


class NoteOnSeveral(Input):
    note = Text(1, 500, metadata={"label": "备注"})


class DeskAct(Input):
    """One order to one cell of the board. ``pick``: the order, and the escort whom the page has shown on it, 0: none.
    ``cell``: escort, day and half."""

    pick = Text(3, 40, pattern=r"^[0-9]{1,18}-[0-9]{1,18}$", metadata={"label": "订单"})
    cell = Text(
        15, 40, pattern=r"^[0-9]{1,18}:[0-9]{4}-[0-9]{2}-[0-9]{2}:(am|pm)$", metadata={"label": "时段"}
    )
    reason = Text(0, 80, load_default="", metadata={"label": "换人原因"})
