"""What users want others to read."""

from __future__ import annotations

from frozen_dataclasses import frozen
from storage.writes.base import KEPT, Kept


@frozen(slots=True)
class NewContentCheck:
    user_id: int
    kind: str
    subject_id: int
    state: str
    submitted_at: int
    action_id: str = ""
    text_sealed: str = ""
    file: str = ""
    reason: str = ""
    label: int = 0
    next_at: int | None = None


@frozen(slots=True)
class ContentMove:
    text_sealed: str | Kept = KEPT
    file: str | Kept = KEPT
    reason: str | Kept = KEPT
    label: int | Kept = KEPT
    trace_id: str | Kept = KEPT
    next_at: int | Kept | None = KEPT
    decided_at: int | Kept = KEPT
    decided_by: int | Kept | None = KEPT
