"""The form that blocks days."""

from __future__ import annotations

from schemas.base import Choice, Day, DayOrNone, Input, Text, Whole

HALVES = ("day", "am", "pm")


class BlockDay(Input):
    first = Day(metadata={"label": "第一天"})
    last = DayOrNone(metadata={"label": "最后一天"})
    half = Choice(HALVES, metadata={"label": "时段"})
    hospital_id = Whole(0, metadata={"label": "医院"})
    reason = Text(1, 64, metadata={"label": "原因"})
