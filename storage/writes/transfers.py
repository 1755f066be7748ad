"""Transfers through WeChat Pay."""

from __future__ import annotations

from dataclasses import field

from frozen_dataclasses import frozen
from storage.writes.base import KEPT, Kept


@frozen(slots=True)
class NewTransfer:
    """A transfer before WeChat has heard of it: what it will be asked, again and again with the same values."""

    statement_id: int
    escort_id: int
    out_bill_no: str
    amount_fen: int
    appid: str
    mchid: str
    openid: str = field(repr=False)
    request: str = field(repr=False)
    key_serial: str
    started_by: int


@frozen(slots=True)
class TransferMove:
    live_statement_id: int | Kept | None = KEPT
    request: str | Kept = KEPT
    wechat_bill_no: str | Kept = KEPT
    package_sealed: str | Kept = KEPT
    fail_reason: str | Kept = KEPT
    cancel_by: int | Kept = KEPT
    cancel_at: int | Kept | None = KEPT
    decided_by: int | Kept = KEPT
    decided_note: str | Kept = KEPT
    sent_at: int | Kept = KEPT
    unanswered_at: int | Kept | None = KEPT
    accepted_at: int | Kept = KEPT
    expires_at: int | Kept = KEPT
    finished_at: int | Kept = KEPT
    next_query_at: int | Kept | None = KEPT
    last_error: str | Kept = KEPT
