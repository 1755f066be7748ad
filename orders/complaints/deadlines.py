"""By when a complaint is answered, and by when it is settled."""

from __future__ import annotations

from clock import HOUR
from config.office_settings import OfficeSettings
from frozen_dataclasses import frozen
from storage.models import Complaint, ComplaintSource, ComplaintState

WECHAT_ANSWER, WECHAT_SETTLE = 24 * HOUR, 72 * HOUR
"""WeChat's own clock for complaints that payers make there: no setting can lengthen it."""


@frozen()
class Deadlines:
    """How long an answer, and how long settling it, may take (ms)."""

    answer: int
    settle: int


def deadlines_of(source: str, office: OfficeSettings) -> Deadlines:
    own = Deadlines(office.complaint_answer_hours * HOUR, office.complaint_settle_hours * HOUR)
    if source == ComplaintSource.WECHAT:
        return Deadlines(min(own.answer, WECHAT_ANSWER), min(own.settle, WECHAT_SETTLE))
    return own


def due_at(complaint: Complaint) -> int | None:
    """When the next thing that is to be done about it has to be done; None once it is closed."""
    match complaint.state:
        case ComplaintState.OPEN:
            return complaint.answer_due_at
        case ComplaintState.ANSWERED:
            return complaint.settle_due_at
    return None


def is_overdue(complaint: Complaint, at: int) -> bool:
    due = due_at(complaint)
    return due is not None and due < at
