"""A visit on the wire: what the family reads of steps, report and trouble, and what it sends."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from money import amount_text
from orders.stage import stage_of
from orders.visits.reading import Visit
from orders.visits.sealing import open_place, open_report
from orders.visits.steps import skipped_before
from orders.visits.troubles import OF_THE_CUSTOMER
from privacy import REPORT_ENTRY, VISIT_NOTE, Vault
from schemas.base import Choice, Input, Output, Text, Whole
from schemas.content_state import content_state
from schemas.wire import STAGE, time_text
from storage.models import Order, ReportEntry, StepKind, TroubleKind, VisitStep, VisitTrouble

ACTION_ID = r"^[0-9A-Za-z_-]+$"
STEP_TITLE = {
    StepKind.DEPARTED: "已出发",
    StepKind.ARRIVED: "已到达",
    StepKind.MET: "已接到",
    StepKind.PARTED: "已送别",
    StepKind.SUMMARY: "小结",
    StepKind.DONE: "完成",
    StepKind.CALLED: "给客户打了电话",
}
TROUBLE_TITLE = {
    TroubleKind.CANNOT_REACH: "联系不上客户",
    TroubleKind.LATE: "客户迟到",
    TroubleKind.ABSENT: "客户没来",
    TroubleKind.CANNOT_COME: "来不了",
    TroubleKind.UNWELL: "客户身体不适",
    TroubleKind.LEAVE: "当天请假",
}


class ActionId(Text):
    """Made by the phone, and the same whenever it sends the same thing again."""

    def __init__(self, **options: Any) -> None:
        super().__init__(16, 40, pattern=ACTION_ID, data_key="actionId", **options)


class OneVisit(Input):
    id = Whole()


class ConsentAnswer(Input):
    version = Text(1, 16, metadata={"description": "of the text that was shown: consent.version of getVisit"})
    agree = Choice(("y", "n"), metadata={"description": "n: not, or not any more"})
    erase = Choice(
        ("y", "n"),
        required=False,
        load_default="n",
        metadata={"description": "with agree n: erase what has been recorded of all visits, too"},
    )


class Question(Input):
    id = Whole()
    action_id = ActionId()
    text = Text(1, 500)


class PlaceRow(Input):
    latitude = fields.Float(required=True)
    longitude = fields.Float(required=True)


class StepRow(Input):
    id = fields.Integer(required=True)
    kind = fields.String(required=True)
    node = fields.String(required=True)
    title = fields.String(required=True)
    time = fields.String(required=True, metadata={"description": "when it arrived here"})
    phoneTime = fields.String(
        required=True, metadata={"description": "when it was pressed, by the phone; or empty"}
    )
    note = fields.String(required=True)
    skipped = fields.List(
        fields.String(), required=True, metadata={"description": "titles of what was left out before it"}
    )
    photos = fields.List(fields.String(), required=True, metadata={"description": "addresses, relative"})
    place = fields.Nested(PlaceRow, required=True, allow_none=True, metadata={"description": "in GCJ-02"})
    author = fields.String(
        required=True,
        metadata={
            "description": "the escort who recorded it, when another one or nobody serves by now; else empty"
        },
    )


class Examination(Input):
    name = fields.String(required=True)
    resultOn = fields.String(required=True)


class Medicine(Input):
    name = fields.String(required=True)
    use = fields.String(required=True)


class NextVisit(Input):
    day = fields.String(required=True)
    note = fields.String(required=True)


class OutlayRow(Input):
    what = fields.String(required=True)
    amountFen = fields.Integer(required=True)
    amount = fields.String(required=True)


class ReportRow(Input):
    doctor = fields.String(required=True)
    examinations = fields.List(fields.Nested(Examination), required=True)
    medicines = fields.List(fields.Nested(Medicine), required=True)
    nextVisit = fields.Nested(NextVisit, required=True)
    papers = fields.List(fields.String(), required=True)
    outlays = fields.List(fields.Nested(OutlayRow), required=True)
    summary = fields.String(required=True)
    author = fields.String(required=True)
    sentTime = fields.String(required=True)
    confirmedTime = fields.String(required=True)
    confirmedBy = Choice(("", "user", "time"), metadata={"description": "time: nobody had, in time"})
    forgotten = fields.Boolean(required=True, metadata={"description": "it was there, and is erased by now"})
    photos = fields.List(fields.String(), required=True)


class EntryRow(Input):
    id = fields.Integer(required=True)
    kind = Choice(("addition", "question", "answer"))
    author = fields.String(required=True)
    text = fields.String(required=True)
    time = fields.String(required=True)
    questionId = fields.Integer(required=True, allow_none=True)
    open = fields.Boolean(required=True, metadata={"description": "a question that nobody has answered"})
    state = content_state()


class TroubleRow(Input):
    kind = fields.String(required=True)
    title = fields.String(required=True)
    time = fields.String(required=True)
    open = fields.Boolean(required=True)


class ConsentRow(Input):
    given = fields.Boolean(required=True)
    version = fields.String(required=True)
    askNow = fields.Boolean(required=True, metadata={"description": "the owner has not answered yet"})


class VisitReply(Output):
    stage = fields.String(required=True)
    version = fields.String(required=True)
    steps = fields.List(fields.Nested(StepRow), required=True)
    report = fields.Nested(ReportRow, required=True, allow_none=True)
    entries = fields.List(fields.Nested(EntryRow), required=True)
    consent = fields.Nested(ConsentRow, required=True)
    troubles = fields.List(fields.Nested(TroubleRow), required=True)


def photo_url(file: str) -> str:
    """Relative to the server's root."""
    return f"visits/photos/{file}"


def step_rows(visit: Visit, vault: Vault, *, for_office: bool = False) -> list[dict[str, Any]]:
    """The steps as they arrived; that the escort called is the office's."""
    skipped = skipped_before(visit.steps, visit.order.takes)
    photos: dict[int | None, list[str]] = {}
    for photo in visit.photos:
        photos.setdefault(photo.step_id, []).append(photo_url(photo.file))
    return [
        {
            **bare_step_row(step),
            "note": vault.open(step.note_sealed, VISIT_NOTE),
            "skipped": [STEP_TITLE[kind] for kind in skipped.get(step.id, [])],
            "photos": photos.get(step.id, []),
            "place": open_place(vault, step.place_sealed),
            "author": former_author(visit, step),
        }
        for step in visit.steps
        if for_office or step.kind != StepKind.CALLED
    ]


def former_author(visit: Visit, step: VisitStep) -> str:
    """Who recorded a step, unless the escort who serves the order now did: nobody else is on the way because of it."""
    if step.escort_id == visit.order.escort_id:
        return ""
    return visit.escort_names.get(step.escort_id) or "之前的陪诊员"


def bare_step_row(step: VisitStep) -> dict[str, Any]:
    """What is known of a step without opening anything."""
    return {
        "id": step.id,
        "kind": step.kind,
        "node": step.node,
        "title": step.node or STEP_TITLE.get(StepKind(step.kind), ""),
        "time": time_text(step.at),
        "phoneTime": time_text(step.phone_at),
    }


def report_row(visit: Visit, vault: Vault) -> dict[str, Any] | None:
    """The report, once it is sent."""
    report = visit.report
    if report is None or report.sent_at is None:
        return None
    body = {**blank_report(), **open_report(vault, report.body_sealed)}
    outlays = [{**outlay, "amount": amount_text(outlay["amountFen"])} for outlay in body["outlays"]]
    return {
        **body,
        "outlays": outlays,
        "author": visit.escort_names.get(report.escort_id, ""),
        "sentTime": time_text(report.sent_at),
        "confirmedTime": time_text(report.confirmed_at),
        "confirmedBy": report.confirmed_by,
        "forgotten": not report.body_sealed,
        "photos": [photo_url(photo.file) for photo in visit.photos if photo.step_id is None],
    }


def blank_report() -> dict[str, Any]:
    """A report in which nothing has been written."""
    return {
        "doctor": "",
        "examinations": [],
        "medicines": [],
        "nextVisit": {"day": "", "note": ""},
        "papers": [],
        "outlays": [],
        "summary": "",
    }


def entry_rows(visit: Visit, vault: Vault, reader_id: int = 0) -> list[dict[str, Any]]:
    """What stands below the report; ``reader_id``: the user who reads it."""
    return [
        {
            "id": entry.id,
            "kind": entry.kind,
            "author": _author(visit, entry, reader_id),
            "text": vault.open(entry.text_sealed, REPORT_ENTRY),
            "time": time_text(entry.at),
            "questionId": entry.question_id,
            "open": entry.open,
            "state": "",
        }
        for entry in visit.entries
    ]


def _author(visit: Visit, entry: ReportEntry, reader_id: int) -> str:
    if entry.author_kind == "admin":
        return "客服"
    if entry.author_kind == "escort":
        return f"陪诊员 {visit.escort_names.get(entry.author_id, '')}".strip()
    if entry.author_id == reader_id:
        return "您"
    return visit.user_names.get(entry.author_id) or "家人"


def trouble_row(trouble: VisitTrouble) -> dict[str, Any]:
    return {
        "kind": trouble.kind,
        "title": TROUBLE_TITLE[TroubleKind(trouble.kind)],
        "time": time_text(trouble.at),
        "open": trouble.open,
    }


def visit_row(visit: Visit, vault: Vault, version: str, reader_id: int, at: int) -> dict[str, Any]:
    """The whole visit as its family reads it."""
    owner = visit.order.user_id == reader_id
    return {
        "stage": stage_word(visit.order, at),
        "version": version,
        "steps": step_rows(visit, vault),
        "report": report_row(visit, vault),
        "entries": entry_rows(visit, vault, reader_id),
        "consent": {
            "given": visit.consent.given,
            "version": visit.consent.version,
            "askNow": owner and visit.order.paid_at is not None and visit.consent.ask_now,
        },
        "troubles": [trouble_row(each) for each in visit.troubles if each.kind in OF_THE_CUSTOMER],
    }


def stage_word(order: Order, at: int) -> str:
    """服务中 and the like."""
    return STAGE[stage_of(order, at)]
