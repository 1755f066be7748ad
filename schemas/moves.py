"""Moving a visit, as its user does it."""

from __future__ import annotations

import json
from typing import Any

from marshmallow import fields

from orders.changing.moves import MoveState
from schemas.base import Choice, ClockTime, Day, Input, Output, Text, Whole
from schemas.wire import time_text
from storage.models import OrderChange


class MoveOrder(Input):
    id = Whole()
    visit_date = Day(
        data_key="wantTime", metadata={"format": "date", "description": "the day that is wanted"}
    )
    visit_time = ClockTime(data_key="visitTime")
    seen_day = Day(data_key="seenDay", metadata={"format": "date", "description": "the day that was shown"})
    seen_time = ClockTime(data_key="seenTime")
    reason = Text(0, 80, load_default="")


class MoveReply(Output):
    moved = fields.Boolean(required=True)
    requested = fields.Boolean(required=True, metadata={"description": "the office decides about it"})
    msg = fields.String(required=True)


class MoveRequestRow(Input):
    wantTime = fields.String(required=True)
    visitTime = fields.String(required=True)
    reason = fields.String(required=True)
    time = fields.String(required=True)


class ChangesRow(Input):
    """What the owner may do about the time of the visit."""

    mode = Choice(
        ("self", "request"), metadata={"description": "self: it moves at once; request: the office decides"}
    )
    movesLeft = fields.Integer(required=True)
    aloneUntil = fields.String(required=True, metadata={"description": "the last moment of self"})
    request = fields.Nested(
        MoveRequestRow, required=True, allow_none=True, metadata={"description": "what waits for the office"}
    )


def changes_row(state: MoveState | None) -> dict[str, Any] | None:
    if state is None:
        return None
    return {
        "mode": state.mode,
        "movesLeft": state.moves_left,
        "aloneUntil": time_text(state.alone_until),
        "request": _request(state.request) if state.request else None,
    }


def _request(change: OrderChange) -> dict[str, Any]:
    wanted = json.loads(change.after_json)
    return {
        "wantTime": wanted["visit_date"],
        "visitTime": wanted["visit_time"],
        "reason": change.reason,
        "time": time_text(change.asked_at),
    }
