"""Complaints on the wire: what users send, and what they read of the office's answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields

from orders.complaints.deadlines import due_at
from orders.complaints.reading import WholeComplaint
from orders.complaints.sending import MAX_PHOTOS
from privacy import COMPLAINT, COMPLAINT_ENTRY, Vault
from schemas.base import Choice, Input, Output, Text, Whole
from schemas.visits import ActionId
from schemas.wire import time_text
from storage.models import ComplaintEntryKind, ComplaintKind, ComplaintState

MAX_TEXT = 1000
KIND = {
    ComplaintKind.SERVICE: "服务质量",
    ComplaintKind.ESCORT: "陪诊员",
    ComplaintKind.FEE: "费用",
    ComplaintKind.REFUND: "退款",
    ComplaintKind.SUGGESTION: "建议",
    ComplaintKind.OTHER: "其他",
}
STATE = {
    ComplaintState.OPEN: "等待答复",
    ComplaintState.ANSWERED: "已答复",
    ComplaintState.CLOSED: "已解决",
}
_ACTION = re.compile(r"[0-9A-Za-z_-]{16,40}")


class PhotoActions(Text):
    """The ``actionId`` of each uploaded photo, separated by commas."""

    def __init__(self) -> None:
        super().__init__(
            0,
            MAX_PHOTOS * 42,
            required=False,
            load_default="",
            metadata={
                "description": f"actionId of each photo that was uploaded before, at most {MAX_PHOTOS}, "
                "separated by commas"
            },
        )

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        actions = [part.strip() for part in super()._deserialize(value, attr, data, **kwargs).split(",")]
        found = tuple(dict.fromkeys(filter(None, actions)))
        if len(found) > MAX_PHOTOS:
            raise ValidationError(f"最多 {MAX_PHOTOS} 张照片")
        if not all(_ACTION.fullmatch(action) for action in found):
            raise ValidationError("照片的编号不正确，请重新选择")
        return found


class PhotoAction(Input):
    action_id = ActionId()


class NewComplaint(Input):
    id = Whole(
        0,
        required=False,
        load_default=0,
        metadata={"description": "the order; 0: none (suggestion and other alone)"},
    )
    kind = Choice(tuple(str(kind) for kind in ComplaintKind))
    action_id = ActionId()
    text = Text(5, MAX_TEXT)
    photos = PhotoActions()


class Addition(Input):
    id = Whole(metadata={"description": "of the complaint"})
    action_id = ActionId()
    text = Text(1, MAX_TEXT)


class ComplaintsQuery(Input):
    id = Whole(
        0, required=False, load_default=0, metadata={"description": "of an order; 0: all of the caller's"}
    )
    before = Whole(
        required=False, load_default=None, metadata={"description": "the `next` of the page before"}
    )


class ComplaintPhotoReply(Output):
    photo = fields.String(required=True, metadata={"description": "relative to the server's root"})
    repeated = fields.Boolean(required=True)


class ComplaintSent(Output):
    id = fields.Integer(required=True)


class ComplaintEntryRow(Input):
    id = fields.Integer(required=True)
    kind = fields.String(required=True, metadata={"enum": ["answer", "addition"]})
    text = fields.String(required=True, metadata={"description": "empty once it is forgotten"})
    time = fields.String(required=True)


class ComplaintRow(Input):
    id = fields.Integer(required=True)
    orderId = fields.Integer(required=True, allow_none=True)
    kind = fields.String(required=True, metadata={"enum": [str(kind) for kind in ComplaintKind]})
    title = fields.String(required=True, metadata={"description": "the kind in words"})
    state = fields.String(required=True, metadata={"enum": [str(state) for state in ComplaintState]})
    stateText = fields.String(required=True)
    text = fields.String(required=True, metadata={"description": "empty once it is forgotten"})
    forgotten = fields.Boolean(required=True)
    photos = fields.List(fields.String(), required=True)
    time = fields.String(required=True)
    due = fields.String(
        required=True, metadata={"description": "by when the office answers or settles it; or empty"}
    )
    entries = fields.List(fields.Nested(ComplaintEntryRow), required=True)


class ComplaintsReply(Output):
    data = fields.List(fields.Nested(ComplaintRow), required=True)
    next = fields.Integer(
        required=True, metadata={"description": "`before` of the next page; 0: this is the last"}
    )


def complaint_photo_url(file: str) -> str:
    """Relative to the server's root."""
    return f"complaints/photos/{file}"


def complaint_row(whole: WholeComplaint, vault: Vault) -> dict[str, Any]:
    """A complaint as its user reads it: without the office's notes."""
    complaint = whole.complaint
    return {
        "id": complaint.id,
        "orderId": complaint.order_id,
        "kind": complaint.kind,
        "title": KIND[ComplaintKind(complaint.kind)],
        "state": complaint.state,
        "stateText": STATE[ComplaintState(complaint.state)],
        "text": vault.open(complaint.text_sealed, COMPLAINT),
        "forgotten": not complaint.text_sealed,
        "photos": [complaint_photo_url(photo.file) for photo in whole.photos],
        "time": time_text(complaint.created_at),
        "due": time_text(due_at(complaint)),
        "entries": [
            {
                "id": entry.id,
                "kind": entry.kind,
                "text": vault.open(entry.text_sealed, COMPLAINT_ENTRY),
                "time": time_text(entry.at),
            }
            for entry in whole.entries
            if entry.kind != ComplaintEntryKind.NOTE
        ],
    }
