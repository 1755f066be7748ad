"""Complaints and invoices: what is asked for after a visit, and what the office makes of it."""

from __future__ import annotations

from frozen_dataclasses import frozen
from storage.writes.base import KEPT, Kept


@frozen(slots=True)
class NewComplaint:
    order_id: int | None
    user_id: int | None
    kind: str
    action_id: str
    text_sealed: str
    answer_due_at: int
    settle_due_at: int
    source: str = "own"
    external_id: str | None = None


@frozen(slots=True)
class ComplaintMove:
    """What is written with a change of a complaint's state."""

    answer_due_at: int | Kept = KEPT
    settle_due_at: int | Kept = KEPT
    answered_at: int | Kept = KEPT
    closed_at: int | Kept | None = KEPT
    closed_by: int | Kept | None = KEPT


@frozen(slots=True)
class NewComplaintEntry:
    complaint_id: int
    kind: str
    author_kind: str
    author_id: int
    action_id: str
    text_sealed: str
    at: int


@frozen(slots=True)
class NewComplaintPhoto:
    """A photo that waits to be sent with a complaint."""

    user_id: int
    action_id: str
    file: str
    size: int
    at: int


@frozen(slots=True)
class NewInvoice:
    """A request that waits for the office."""

    order_id: int
    user_id: int
    kind: str
    title: str
    tax_number: str
    email_sealed: str
    amount_fen: int
    requested_at: int


@frozen(slots=True)
class InvoiceMove:
    """What is written with a change of an invoice's state."""

    open_order_id: int | Kept | None = KEPT
    amount_fen: int | Kept = KEPT
    number: str | Kept = KEPT
    taken_number: str | Kept = KEPT
    file: str | Kept = KEPT
    note: str | Kept = KEPT
    decided_at: int | Kept = KEPT
    decided_by: int | Kept = KEPT
    reversed_at: int | Kept = KEPT
    reversed_by: int | Kept = KEPT
    reversal_number: str | Kept = KEPT
