"""The days of the order form: which can be booked, and why the others cannot."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from orders.booking.bookable_days import Closed, DayState
from schemas.base import Day, Input, Output, Whole

MAX_DAYS = 62


class DaysOf(Input):
    service_id = Whole(
        data_key="serviceId",
        metadata={"description": "what it takes decides: a whole day, a half-day or an errand"},
    )
    hospital_id = Whole(
        0,
        data_key="hospitalId",
        required=False,
        load_default=0,
        metadata={"description": "0: another hospital"},
    )
    first = Day(
        data_key="from", required=False, load_default="", metadata={"description": "today without it"}
    )
    days = Whole(1, MAX_DAYS, required=False, load_default=31)


class HalfRow(Input):
    open = fields.Boolean(required=True)
    reason = fields.String(
        required=True, metadata={"description": "why it is closed, such as 已约满; else empty"}
    )


class HalvesRow(Input):
    am = fields.Nested(HalfRow, required=True)
    pm = fields.Nested(HalfRow, required=True)


class DayRow(HalfRow):
    day = fields.String(required=True, metadata={"format": "date"})
    halves = fields.Nested(
        HalvesRow, required=True, metadata={"description": "with an hour before 12:00, or later"}
    )


class DaysReply(Output):
    data = fields.List(fields.Nested(DayRow), required=True)


def day_row(state: DayState) -> dict[str, Any]:
    halves = {half: _row(closed) for half, closed in state.halves.items()}
    return {"day": state.day, **_row(state.closed), "halves": halves}


def _row(closed: Closed | None) -> dict[str, Any]:
    return {"open": closed is None, "reason": closed.reason if closed else ""}
