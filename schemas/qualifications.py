"""What an escort sends and reads about their documents."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from orders.escorts.qualifications import TITLES, days_left
from schemas.base import Choice, DayOrNone, Input, Output
from schemas.wire import time_text
from storage.models import EscortQualification, QualificationKind, QualificationState

DOCUMENT = "escort/qualifications/{}"


class QualificationQuery(Input):
    kind = Choice(tuple(QualificationKind), metadata={"description": "which document it is"})
    expires_date = DayOrNone(
        data_key="expiresOn", metadata={"description": "its last day; empty: it does not expire"}
    )


class DocumentRow(Input):
    state = Choice(tuple(QualificationState))
    expiresOn = fields.String(required=True, metadata={"description": "its last day, or empty"})
    daysLeft = fields.Integer(
        required=True, allow_none=True, metadata={"description": "until its last day; negative: it is over"}
    )
    reason = fields.String(required=True, metadata={"description": "why it was rejected"})
    picture = fields.String(required=True, metadata={"description": "relative address, or empty"})
    time = fields.String(required=True)


class QualificationRow(Input):
    kind = Choice(tuple(QualificationKind))
    title = fields.String(required=True)
    current = fields.Nested(
        DocumentRow, required=True, allow_none=True, metadata={"description": "what the office approved"}
    )
    latest = fields.Nested(
        DocumentRow,
        required=True,
        allow_none=True,
        metadata={"description": "what was uploaded after that: it waits, or was rejected"},
    )


class QualificationsReply(Output):
    data = fields.List(fields.Nested(QualificationRow), required=True)


def _document_row(document: EscortQualification, at: int) -> dict[str, Any]:
    return {
        "state": document.state,
        "expiresOn": document.expires_date,
        "daysLeft": days_left(document, at),
        "reason": document.reason,
        "picture": DOCUMENT.format(document.file) if document.file else "",
        "time": time_text(document.uploaded_at),
    }


def qualification_rows(documents: list[EscortQualification], at: int) -> list[dict[str, Any]]:
    """A row for each kind. ``documents``: the escort's, newest first."""
    rows = []
    for kind in QualificationKind:
        of_kind = [each for each in documents if each.kind == kind]
        current = next((each for each in of_kind if each.state == QualificationState.APPROVED), None)
        newest = of_kind[0] if of_kind else None
        undecided = newest is not None and newest.state in (
            QualificationState.PENDING,
            QualificationState.REJECTED,
        )
        rows.append(
            {
                "kind": str(kind),
                "title": TITLES[kind],
                "current": _document_row(current, at) if current else None,
                "latest": _document_row(newest, at) if newest and undecided else None,
            }
        )
    return rows
