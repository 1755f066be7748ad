"""What is written about complaints at WeChat."""

from __future__ import annotations

from frozen_dataclasses import frozen
from storage.writes.base import KEPT, Kept


@frozen(slots=True)
class WeChatComplaintReading:
    """What a detail of WeChat's said, and when it was asked for."""

    complaint_id: int
    read_at: int
    read_due_at: int | None
    state: str
    problem_type: str
    times: int
    user_waits: bool
    full_refunded: bool
    platform: bool
    refund_wanted_fen: int | None
    transaction_id: str
    out_trade_no: str
    mark: str
    failures: int = 0
    problem: str = ""


@frozen(slots=True)
class NewComplaintAct:
    complaint_id: int
    kind: str
    text_sealed: str
    refund_id: int | None
    admin_id: int
    action_id: str
    created_at: int
    due_at: int


@frozen(slots=True)
class ComplaintActMove:
    """What is written with a change of an act's state."""

    open_complaint_id: int | Kept | None = KEPT
    text_sealed: str | Kept = KEPT
    due_at: int | Kept = KEPT
    claimed_until: int | Kept = KEPT
    sent_at: int | Kept = KEPT
    ended_at: int | Kept = KEPT
    tries: int | Kept = KEPT
    problem: str | Kept = KEPT
