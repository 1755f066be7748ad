"""Payment attempts, refunds, the ledger, cases and bills."""

from __future__ import annotations

from enum import StrEnum

from frozen_dataclasses import frozen


class AttemptState(StrEnum):
    """States of a payment attempt. ``UNKNOWN``: WeChat was asked to create it and no answer is known."""

    CREATED = "created"
    UNKNOWN = "unknown"
    PREPAID = "prepaid"
    PAID = "paid"
    CLOSED = "closed"
    MISMATCH = "mismatch"
    REVERSED = "reversed"
    """Money outside of WeChat that was recorded by mistake: a counter-entry has taken it back."""


UNFINISHED_ATTEMPTS = (AttemptState.CREATED, AttemptState.UNKNOWN, AttemptState.PREPAID)
"""May still be paid or closed."""
BOOKABLE_ATTEMPTS = (*UNFINISHED_ATTEMPTS, AttemptState.CLOSED)
"""Money moves these on: it outranks a close."""
FINAL_ATTEMPTS = (AttemptState.PAID, AttemptState.CLOSED, AttemptState.REVERSED)
"""Free the order or supplement for another attempt and end the queries."""


class RefundState(StrEnum):
    """States of a refund. ``APPROVED``: number and amount are committed, WeChat may or may not know of it.

    ``WITHDRAWN``: the user took the request back. ``NOTHING_DUE``: a cancellation was approved at 0 %, so WeChat is not
    asked for anything.
    """

    REQUESTED = "requested"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    NOTHING_DUE = "nothing_due"
    APPROVED = "approved"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    CLOSED = "closed"
    ABNORMAL = "abnormal"


RESERVING_REFUNDS = (
    RefundState.APPROVED,
    RefundState.PROCESSING,
    RefundState.SUCCEEDED,
    RefundState.ABNORMAL,
)
"""Their amount counts against what was paid."""
ACTIVE_REFUNDS = (RefundState.REQUESTED, RefundState.APPROVED, RefundState.PROCESSING, RefundState.ABNORMAL)
"""Keep their order in ``refunding``."""
COMMITTED_REFUNDS = (*RESERVING_REFUNDS, RefundState.CLOSED)
"""Have a number that WeChat knows, or may know."""
SUBMITTED_REFUNDS = (
    RefundState.PROCESSING,
    RefundState.SUCCEEDED,
    RefundState.ABNORMAL,
    RefundState.CLOSED,
)
"""WeChat has accepted them: they are in its bills."""
QUERIED_REFUNDS = (RefundState.PROCESSING, RefundState.ABNORMAL)
"""WeChat has them and is asked how they end."""
REFUNDS_ON_THEIR_WAY = (RefundState.APPROVED, RefundState.PROCESSING)
"""Decided, and the money has not arrived."""


class RefundKind(StrEnum):
    """What a request asks for: ``CANCEL`` ends the order, ``MONEY_BACK`` returns it to where it was."""

    CANCEL = "cancel"
    MONEY_BACK = "money_back"


@frozen(slots=True)
class Attempt:
    """One attempt to pay an order or a supplement: what WeChat was or will be asked, and what became of it."""

    id: int
    order_id: int
    open_order_id: int | None
    out_trade_no: str
    state: str
    amount_fen: int
    currency: str
    openid: str
    appid: str
    mchid: str
    description: str
    notify_url: str
    expires_at: int
    prepay_id: str
    prepay_at: int | None
    transaction_id: str | None
    paid_at: int | None
    query_count: int
    next_query_at: int | None
    claimed_until: int
    last_error: str
    created_at: int
    updated_at: int
    payer_user_id: int | None = None
    """Who pays: the order's user or a payer that they invited; None in rows from before members could pay."""
    supplement_id: int | None = None
    """The supplement of the order that it pays; None: the order itself."""
    open_supplement_id: int | None = None
    channel: str = "wechat"
    """A ``Channel``."""


@frozen(slots=True)
class PaymentEvent:
    """A notification that was accepted, with its decrypted resource (JSON) as evidence."""

    id: int
    event_id: str
    event_type: str
    reference: str
    resource: str
    outcome: str
    received_at: int


@frozen(slots=True)
class Refund:
    id: int
    order_id: int
    attempt_id: int
    out_refund_no: str
    state: str
    amount_fen: int
    policy_fen: int
    reason: str
    decision_note: str
    source: str
    """Who started it: ``user``, ``admin`` or ``system``."""
    actor_id: int | None
    wechat_refund_id: str
    last_error: str
    query_count: int
    next_query_at: int | None
    claimed_until: int
    requested_at: int
    decided_at: int | None
    submitted_at: int | None
    finished_at: int | None
    updated_at: int
    renews_refund_id: int | None = None
    """The refund that WeChat closed and that this one makes again; each is renewed once."""
    kind: str = RefundKind.MONEY_BACK
    """A ``RefundKind``."""
    unanswered_at: int | None = None
    """When it was last sent to WeChat without an answer; None while that never happened."""


@frozen(slots=True)
class LedgerEntry:
    """A movement of money: ``payment`` positive, ``refund`` and ``fee`` negative. Never changed, never deleted."""

    id: int
    kind: str
    reference: str
    amount_fen: int
    order_id: int | None
    attempt_id: int | None
    refund_id: int | None
    occurred_at: int
    booked_at: int


PAYMENT_MISMATCH = "payment_mismatch"
"""The kind of case about money that does not agree with its order."""


@frozen(slots=True)
class FinanceCase:
    """Something about money that a human must look at."""

    id: int
    kind: str
    reference: str
    order_id: int | None
    detail: str
    """JSON: the evidence."""
    state: str
    """``open`` or ``closed``."""
    note: str
    opened_at: int
    closed_at: int | None
    closed_by: int | None


@frozen(slots=True)
class Bill:
    id: int
    bill_date: str
    kind: str
    sha1: str
    file: str
    summary: str
    fetched_at: int
