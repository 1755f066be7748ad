"""The refund rule of a visit with its dates."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from payment.refunds.deadlines import Rule
from schemas.base import ClockTime, Day, Input, Output
from schemas.wire import time_text


class Deadline(Input):
    percent = fields.Integer(required=True)
    until = fields.String(
        required=True, metadata={"description": "the last second at which this percentage still holds"}
    )
    text = fields.String(required=True, metadata={"description": "such as 11月30日 8:00 前可全退"})
    over = fields.Boolean(required=True)


class RuleRow(Input):
    """The refund rule of one visit with its dates."""

    lines = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "what still matters, as sentences in the order of time"},
    )
    grace = fields.String(
        required=True, metadata={"description": "the grace time, empty where there is none"}
    )
    deadlines = fields.List(fields.Nested(Deadline), required=True)
    afterwards = fields.String(required=True)
    percentNow = fields.Integer(
        required=True,
        metadata={"description": "what a cancellation gives now, grace time left out before paying"},
    )


def rule_row(rule: Rule) -> dict[str, Any]:
    return {
        "lines": rule.lines,
        "grace": rule.grace,
        "deadlines": [
            {
                "percent": deadline.percent,
                "until": time_text(deadline.until),
                "text": deadline.text,
                "over": deadline.over,
            }
            for deadline in rule.deadlines
        ],
        "afterwards": rule.afterwards,
        "percentNow": rule.percent_now,
    }


class RuleReply(Output):
    rule = fields.Nested(RuleRow, required=True)


class RuleOf(Input):
    visit_date = Day(data_key="wantTime")
    visit_time = ClockTime(data_key="visitTime")
