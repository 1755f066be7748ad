"""The form that blocks days."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from schemas.base import Choice, Day, Input, Text, Whole

HALVES = ("day", "am", "pm")


class OptionalDay(Day):
    """A day, or empty as a form sends it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, load_default="", **options)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        return "" if value == "" else super()._deserialize(value, attr, data, **kwargs)


class BlockDay(Input):
    first = Day(metadata={"label": "第一天"})
    last = OptionalDay(metadata={"label": "最后一天"})
    half = Choice(HALVES, metadata={"label": "时段"})
    hospital_id = Whole(0, metadata={"label": "医院"})
    reason = Text(1, 64, metadata={"label": "原因"})
