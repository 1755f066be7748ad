"""Documents of escorts."""

from __future__ import annotations

from frozen_dataclasses import frozen
from storage.writes.base import KEPT, Kept


@frozen(slots=True)
class NewQualification:
    escort_id: int
    kind: str
    file: str
    size: int
    expires_date: str
    uploaded_at: int


@frozen(slots=True)
class QualificationMove:
    file: str | Kept = KEPT
    expires_date: str | Kept = KEPT
    reason: str | Kept = KEPT
    decided_at: int | Kept = KEPT
    decided_by: int | Kept = KEPT
