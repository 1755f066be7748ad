"""What the administrators' kept endpoints take and give."""

from __future__ import annotations

from marshmallow import fields

from schemas.base import Choice, Input, Output, Text, Whole

FINISH_STATES = ("已付款", "已完成")


class Remark(Input):
    """On an escort application."""

    status = Text(0, 2_000, required=True, metadata={"description": "the remark"})


class FinishState(Input):
    id = Whole()
    status = Choice(FINISH_STATES)


class Notes(Input):
    id = Whole()
    notes = Text(0, 10_240, required=True)


class Saved(Output):
    msg = fields.String(required=True)
