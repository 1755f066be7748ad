"""What the office works with beside orders: customers and claims, invoices, complaints, qualifications, prices."""

from __future__ import annotations

from enum import StrEnum

from frozen_dataclasses import frozen


class OrderOrigin(StrEnum):
    """Where an order came from."""

    APP = "app"
    PHONE = "phone"
    """A clerk entered it for a customer who called."""


@frozen(slots=True)
class OfficeCustomer:
    """A customer without the mini-program: the user whom the office made for them, by name and phone."""

    user_id: int
    name: str
    name_key: str
    phone_sealed: str
    phone_tail: str
    phone_hash: str
    created_by: int
    created_at: int


@frozen(slots=True)
class OrderClaim:
    """A one-time link and code by which a user takes over an order that the office entered; only hashes are stored."""

    id: int
    order_id: int
    token_hash: str
    code_hash: str
    created_by: int
    created_at: int
    expires_at: int
    used_at: int | None
    used_by: int | None
    revoked_at: int | None


class InvoiceKind(StrEnum):
    PERSON = "person"
    COMPANY = "company"


class InvoiceState(StrEnum):
    REQUESTED = "requested"
    WITHDRAWN = "withdrawn"
    REJECTED = "rejected"
    ISSUED = "issued"
    TO_REVERSE = "to_reverse"
    """Money was refunded after it was issued: the office has to reverse it (红冲)."""
    REVERSED = "reversed"


@frozen(slots=True)
class Invoice:
    id: int
    order_id: int
    open_order_id: int | None
    """The order's id while the request waits: one per order."""
    user_id: int
    kind: str
    title: str
    tax_number: str
    email_sealed: str
    amount_fen: int
    state: str
    number: str
    taken_number: str | None
    """The same, once it has one: no other invoice has it. None, too, of an older one whose number another has."""
    file: str
    """The PDF among the sealed documents; empty until it is issued."""
    note: str
    requested_at: int
    decided_at: int | None
    decided_by: int | None
    reversed_at: int | None
    reversed_by: int | None
    reversal_number: str
    updated_at: int


class ComplaintSource(StrEnum):
    OWN = "own"
    WECHAT = "wechat"
    TRADE = "trade"
    """WeChat's second channel, of which only an event is known (``orders.complaints.trade_events``)."""


class ComplaintKind(StrEnum):
    SERVICE = "service"
    ESCORT = "escort"
    FEE = "fee"
    REFUND = "refund"
    SUGGESTION = "suggestion"
    OTHER = "other"


class ComplaintState(StrEnum):
    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"


UNSETTLED_COMPLAINTS = (ComplaintState.OPEN, ComplaintState.ANSWERED)


@frozen(slots=True)
class Complaint:
    id: int
    order_id: int | None
    user_id: int | None
    source: str
    external_id: str | None
    """WeChat's number of the complaint; None for one of our own."""
    kind: str
    action_id: str
    text_sealed: str
    state: str
    assigned_to: int | None
    """The administrator who looks after it."""
    answer_due_at: int
    settle_due_at: int
    answered_at: int | None
    closed_at: int | None
    closed_by: int | None
    first_closed_at: int | None
    last_closed_at: int | None
    """When it was closed, also of one that was opened again; ``closed_at`` is of one that is closed."""
    refund_id: int | None
    created_at: int
    updated_at: int


class ComplaintEntryKind(StrEnum):
    NOTE = "note"
    """For the office alone."""
    ANSWER = "answer"
    ADDITION = "addition"
    """What the user says afterwards."""


@frozen(slots=True)
class ComplaintEntry:
    id: int
    complaint_id: int
    kind: str
    author_kind: str
    author_id: int | None
    action_id: str
    text_sealed: str
    at: int


@frozen(slots=True)
class ComplaintPhoto:
    id: int
    complaint_id: int | None
    """None while the complaint has not been sent."""
    user_id: int
    action_id: str
    file: str
    size: int
    at: int


class QualificationKind(StrEnum):
    PORTRAIT = "portrait"
    ID_CARD = "id_card"
    HEALTH = "health"
    TRAINING = "training"


class QualificationState(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    REPLACED = "replaced"


@frozen(slots=True)
class EscortQualification:
    """A document that an escort has uploaded, and what the office thinks of it."""

    id: int
    escort_id: int
    kind: str
    file: str
    size: int
    state: str
    expires_date: str
    """The last day on which it is valid; empty: it does not expire."""
    reason: str
    uploaded_at: int
    decided_at: int | None
    decided_by: int | None
    reminded_at: int | None


@frozen(slots=True)
class ServicePrice:
    """A price from a Shanghai day on."""

    id: int
    service_id: int
    price_fen: int
    valid_from: str
    created_by: int
    created_at: int
    applied_at: int | None
    withdrawn_at: int | None
