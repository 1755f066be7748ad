"""What an escort's phone sends about a visit, and reads of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, pre_load, validate

from orders.visits.reading import Visit
from orders.visits.steps import MAX_NODE
from orders.visits.troubles import REPORTED
from privacy import Vault
from schemas.base import Choice, Day, Input, Output, Text, Whole
from schemas.visits import (
    ActionId,
    EntryRow,
    ReportRow,
    StepRow,
    TroubleRow,
    blank_report,
    entry_rows,
    report_row,
    step_rows,
    trouble_row,
)
from schemas.wire import time_text
from storage.models import StepKind, VisitReport

PRESSED = tuple(kind for kind in StepKind if kind != StepKind.CALLED)
LAST_MOMENT = 4_102_444_800_000
"""2100: a phone that tells more sends no milliseconds."""


class PhoneTime(Whole):
    """When the button was pressed, by the phone's clock; phones that do not tell send nothing."""

    def __init__(self) -> None:
        super().__init__(
            0,
            LAST_MOMENT,
            data_key="phoneTime",
            required=False,
            load_default=None,
            allow_none=True,
            metadata={"description": "ms since the epoch, by the phone, when it was pressed"},
        )


class Degrees(fields.Float):
    """A coordinate; nothing where the escort does not allow it."""

    def __init__(self, most: int) -> None:
        super().__init__(
            required=False,
            load_default=None,
            allow_none=True,
            allow_nan=False,
            validate=validate.Range(-most, most, error="超出允许的范围"),
            error_messages={"invalid": "应为数字", "special": "应为数字", "too_large": "超出允许的范围"},
        )


class Action(Input):
    """Something that was pressed at a job: ``id`` is the order's."""

    id = Whole()
    action_id = ActionId()
    phone_at = PhoneTime()

    @pre_load
    def _leave_out_what_is_empty(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """A form has no other way to say that it does not know."""
        unknown = {name for name in ("phoneTime", "latitude", "longitude") if data.get(name) == ""}
        return {name: value for name, value in data.items() if name not in unknown}


class NewStep(Action):
    kind = Choice(tuple(str(kind) for kind in PRESSED))
    node = Text(0, MAX_NODE, load_default="", metadata={"description": "of kind node: one of job.nodes"})
    note = Text(0, 200, load_default="")
    latitude = Degrees(90)
    longitude = Degrees(180)


class StepReply(Output):
    stepId = fields.Integer(required=True)
    repeated = fields.Boolean(required=True)
    noteKept = fields.Boolean(
        required=True, metadata={"description": "false: there was a note, and no consent to keep it"}
    )


class NewTrouble(Action):
    kind = Choice(tuple(str(kind) for kind in REPORTED))
    note = Text(0, 200, load_default="")


class PhotoQuery(Input):
    id = Whole()
    step_action_id = Text(
        0,
        40,
        pattern=r"^([0-9A-Za-z_-]{16,40})?$",
        data_key="stepActionId",
        load_default="",
        metadata={"description": "of the step; empty: the photo belongs to the report"},
    )
    action_id = ActionId()


class PhotoReply(Output):
    photo = fields.String(required=True, metadata={"description": "its address, relative"})
    repeated = fields.Boolean(required=True)


class _Examination(Schema):
    name = Text(1, 60)
    resultOn = Text(0, 40, load_default="")


class _Medicine(Schema):
    name = Text(1, 60)
    use = Text(0, 200, load_default="")


class _NextDay(Day):
    """A day, or nothing."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        return "" if value == "" else super()._deserialize(value, attr, data, **kwargs)


class _NextVisit(Schema):
    day = _NextDay(required=False, load_default="")
    note = Text(0, 200, load_default="")


class _Outlay(Schema):
    what = Text(1, 60)
    amountFen = Whole(0, 100_000_00)


def _some(row: type[Schema]) -> Any:
    return fields.List(
        fields.Nested(row(unknown=RAISE)),
        load_default=list,
        validate=validate.Length(max=30, error="最多 30 项"),
    )


class ReportBody(Schema):
    """What a report says; what is left out is empty."""

    class Meta:
        unknown = RAISE

    doctor = Text(0, 4000, load_default="")
    examinations = _some(_Examination)
    medicines = _some(_Medicine)
    nextVisit = fields.Nested(_NextVisit(), load_default=lambda: {"day": "", "note": ""})
    papers = fields.List(Text(1, 32), load_default=list, validate=validate.Length(max=30, error="最多 30 项"))
    outlays = _some(_Outlay)
    summary = Text(0, 4000, load_default="")


class Draft(Input):
    id = Whole()
    version = Whole(
        0, 1_000_000, metadata={"description": "of the draft that was edited; 0 for the first one"}
    )
    body = fields.Nested(
        ReportBody(), required=True, metadata={"description": "JSON, in a form as text: see docs/visit.md"}
    )

    @pre_load
    def _read(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        body = data.get("body")
        if not isinstance(body, str):
            return data
        try:
            return {**data, "body": json.loads(body)}
        except ValueError:
            raise ValidationError("应为 JSON", "body") from None


class SendReport(Input):
    id = Whole()
    version = Whole(0, 1_000_000)


class DraftReply(Output):
    version = fields.Integer(required=True)


class OwnReportReply(Output):
    body = fields.Dict(required=True, metadata={"description": "see docs/visit.md; every part is there"})
    version = fields.Integer(required=True, metadata={"description": "0 while there is no draft"})
    state = Choice(("none", "draft", "sent", "confirmed"))
    sentTime = fields.String(required=True)


class ReportAddition(Input):
    id = Whole()
    action_id = ActionId()
    text = Text(1, 1000)


class ReportAnswer(ReportAddition):
    question_id = Whole(data_key="questionId")


def own_report_row(report: VisitReport | None, body: dict[str, Any]) -> dict[str, Any]:
    """The report as its escort edits it; ``body``: what it says, opened."""
    state = "none"
    if report is not None:
        state = "confirmed" if report.confirmed_at else "sent" if report.sent_at else "draft"
    return {
        "body": {**blank_report(), **body},
        "version": report.version if report else 0,
        "state": state,
        "sentTime": time_text(report.sent_at) if report else "",
    }


class OwnStepRow(StepRow):
    actionId = fields.String(required=True, metadata={"description": "of one's own step, else empty"})


class JobVisitRows(Output):
    """The parts of ``escort/job/`` that tell of the visit."""

    steps = fields.List(fields.Nested(OwnStepRow), required=True)
    troubles = fields.List(fields.Nested(TroubleRow), required=True)
    report = fields.Nested(ReportRow, required=True, allow_none=True)
    entries = fields.List(fields.Nested(EntryRow), required=True)


def job_visit_row(visit: Visit, vault: Vault, escort_id: int, *, former: bool = False) -> dict[str, Any]:
    """The visit as its escort reads it; one who was taken off it reads their own steps alone,
    without the notes, photos and places that tell of the patient."""
    actions = {step.id: step.action_id for step in visit.steps if step.escort_id == escort_id}
    steps = [{**row, "actionId": actions.get(row["id"], "")} for row in step_rows(visit, vault)]
    if former:
        nothing: dict[str, Any] = {"note": "", "photos": [], "place": None, "author": ""}
        own = [{**row, **nothing} for row in steps if row["id"] in actions]
        return {"steps": own, "troubles": [], "report": None, "entries": []}
    return {
        "steps": steps,
        "troubles": [trouble_row(each) for each in visit.troubles if each.escort_id == escort_id],
        "report": report_row(visit, vault),
        "entries": entry_rows(visit, vault),
    }
