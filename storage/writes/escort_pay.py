"""Rules of pay, earnings, monthly statements."""

from __future__ import annotations

from frozen_dataclasses import frozen
from storage.writes.base import KEPT, Kept


@frozen(slots=True)
class NewPayRule:
    service_id: int
    """0: every service."""
    escort_id: int
    """0: every escort."""
    kind: str
    value: int
    valid_from: str


@frozen(slots=True)
class NewEarning:
    escort_id: int
    order_id: int | None
    kind: str
    reference: str
    amount_fen: int
    earned_date: str
    created_at: int
    base_fen: int = 0
    rule_id: int | None = None
    reason: str = ""
    created_by: int | None = None
    """The administrator who decided it; None: it follows from the order."""


@frozen(slots=True)
class NewPayStatement:
    escort_id: int
    month: str
    number: int
    orders_fen: int
    corrections_fen: int
    total_fen: int
    line_count: int
    issued_by: int
    issued_at: int


@frozen(slots=True)
class PayStatementMove:
    question: str | Kept = KEPT
    answer: str | Kept = KEPT
    answered_at: int | Kept = KEPT
    confirmed_at: int | Kept = KEPT
    paid_at: int | Kept = KEPT
    paid_by: int | Kept = KEPT
    paid_reference: str | Kept = KEPT
    withdrawn_at: int | Kept = KEPT
