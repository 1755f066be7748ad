"""Payment attempts, refunds and bills."""

from __future__ import annotations

from frozen_dataclasses import frozen
from storage.models import RefundKind, RefundState
from storage.writes.base import KEPT, Kept


@frozen(slots=True)
class NewAttempt:
    """An attempt before WeChat has heard of it: what it will be asked, again and again with the same values."""

    out_trade_no: str
    amount_fen: int
    currency: str
    openid: str
    appid: str
    mchid: str
    description: str
    notify_url: str
    expires_at: int
    payer_user_id: int | None = None
    """Who pays: the order's user, or a member."""
    supplement_id: int | None = None
    """The supplement of the order that it pays; None: the order itself."""


@frozen(slots=True)
class NewOfflineAttempt:
    """Money that was received outside of WeChat: paid as it is written down."""

    order_id: int
    out_trade_no: str
    amount_fen: int
    currency: str
    description: str
    paid_at: int
    supplement_id: int | None = None


@frozen(slots=True)
class NewOfflineEntry:
    entry_key: str
    kind: str
    order_id: int
    attempt_id: int
    amount_fen: int
    method: str
    reference: str
    handled_by: str
    occurred_at: int
    recorded_by: int
    recorded_at: int
    note: str
    refund_id: int | None = None


@frozen(slots=True)
class AttemptMove:
    prepay_id: str | Kept = KEPT
    prepay_at: int | Kept = KEPT
    transaction_id: str | Kept | None = KEPT
    paid_at: int | Kept | None = KEPT
    open_order_id: int | Kept | None = KEPT
    open_supplement_id: int | Kept | None = KEPT
    next_query_at: int | Kept | None = KEPT
    last_error: str | Kept = KEPT


@frozen(slots=True)
class NewRefund:
    """A refund as it is written down first: requested by a user, or approved at once."""

    order_id: int
    attempt_id: int
    out_refund_no: str
    amount_fen: int
    policy_fen: int
    reason: str
    source: str
    actor_id: int | None = None
    kind: str = RefundKind.MONEY_BACK
    state: str = RefundState.REQUESTED
    decided_at: int | None = None
    next_query_at: int | None = None
    finished_at: int | None = None
    renews_refund_id: int | None = None


@frozen(slots=True)
class RefundMove:
    amount_fen: int | Kept = KEPT
    decision_note: str | Kept = KEPT
    actor_id: int | Kept | None = KEPT
    decided_at: int | Kept = KEPT
    submitted_at: int | Kept = KEPT
    wechat_refund_id: str | Kept = KEPT
    unanswered_at: int | Kept = KEPT
    next_query_at: int | Kept | None = KEPT
    finished_at: int | Kept = KEPT
    last_error: str | Kept = KEPT


@frozen(slots=True)
class NewBill:
    bill_date: str
    kind: str
    sha1: str
    file: str
    summary: str
    fetched_at: int
