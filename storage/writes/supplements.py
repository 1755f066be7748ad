"""Supplements: something more to pay for an order."""

from __future__ import annotations

from frozen_dataclasses import frozen
from storage.writes.base import KEPT, Kept


@frozen(slots=True)
class NewSupplement:
    """As it is proposed by an escort, or made by the office, which opens it at once."""

    order_id: int
    kind: str
    amount_fen: int
    reason: str
    state: str
    proposed_by_kind: str
    proposed_by: int
    action_id: str
    created_at: int
    updated_at: int
    opened_at: int | None = None
    opened_by: int | None = None
    receipt_file: str = ""
    paid_fen: int = 0
    refunded_fen: int = 0
    dispute: str = ""
    closing_note: str = ""


@frozen(slots=True)
class SupplementMove:
    """What is decided about a supplement that is not paid; payment sets what it pays by itself."""

    amount_fen: int | Kept = KEPT
    opened_at: int | Kept = KEPT
    opened_by: int | Kept = KEPT
    reopened_at: int | Kept = KEPT
    amount_reason: str | Kept = KEPT
    dispute: str | Kept = KEPT
    disputed_at: int | Kept = KEPT
    disputed_by: int | Kept = KEPT
    closed_at: int | Kept = KEPT
    closing_note: str | Kept = KEPT
