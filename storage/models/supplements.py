"""Supplements, which are paid in addition to an order, and money received and paid back outside of WeChat."""

from __future__ import annotations

from enum import StrEnum

from frozen_dataclasses import frozen


class SupplementKind(StrEnum):
    OVERTIME = "overtime"
    OUTLAY = "outlay"
    """What the escort paid for the patient (代付)."""
    OTHER = "other"


class SupplementState(StrEnum):
    PROPOSED = "proposed"
    """By its escort; the office looks at it first."""
    OPEN = "open"
    """To be paid."""
    PAID = "paid"
    DISPUTED = "disputed"
    """A person who is to pay it does not agree; the office opens it again or withdraws it."""
    WITHDRAWN = "withdrawn"


UNSETTLED_SUPPLEMENTS = (SupplementState.PROPOSED, SupplementState.OPEN, SupplementState.DISPUTED)


@frozen(slots=True)
class Supplement:
    """Something more to pay for an order (补款). All about it happens under the order's lock."""

    id: int
    order_id: int
    kind: str
    amount_fen: int
    reason: str
    state: str
    proposed_by_kind: str
    """``escort`` or ``admin``."""
    proposed_by: int
    action_id: str
    receipt_file: str
    """Among the sealed documents; empty: none."""
    paid_fen: int
    paid_at: int | None
    paid_attempt_id: int | None
    refunded_fen: int
    created_at: int
    opened_at: int | None
    opened_by: int | None
    """The first time."""
    reopened_at: int | None
    """When the office asked for it again after a dispute, the last time."""
    amount_reason: str
    """Why the office has changed the amount; empty: it has not."""
    dispute: str
    disputed_at: int | None
    disputed_by: int | None
    closed_at: int | None
    closing_note: str
    updated_at: int


class Channel(StrEnum):
    """How the money of an attempt is paid."""

    WECHAT = "wechat"
    OFFLINE = "offline"


class OfflineMethod(StrEnum):
    CASH = "cash"
    TRANSFER = "transfer"
    OTHER = "other"


class OfflineKind(StrEnum):
    RECEIPT = "receipt"
    REVERSAL = "reversal"
    REFUND = "refund"


@frozen(slots=True)
class OfflineEntry:
    """Money in cash or by transfer, as a person recorded it. Never changed, never deleted; a reversal is an entry."""

    id: int
    entry_key: str
    """``<kind>:<id of the attempt or refund>``: each is recorded once."""
    kind: str
    order_id: int
    attempt_id: int
    refund_id: int | None
    amount_fen: int
    """Positive: received; negative: reversed or paid back."""
    method: str
    reference: str
    handled_by: str
    """Who took or gave it."""
    occurred_at: int
    recorded_by: int
    recorded_at: int
    note: str
