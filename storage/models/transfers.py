"""Transfers through WeChat Pay (商家转账) that pay an escort's monthly statement."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum

from frozen_dataclasses import frozen


class TransferState(StrEnum):
    """``CREATED``: number and parameters are committed, WeChat may or may not know of it. The others are WeChat's."""

    CREATED = "created"
    ACCEPTED = "accepted"
    PROCESSING = "processing"
    WAITING = "waiting"
    """For the escort to confirm it."""
    TRANSFERRING = "transferring"
    CANCELLING = "cancelling"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


FINAL_TRANSFERS = (TransferState.SUCCEEDED, TransferState.FAILED, TransferState.CANCELLED)
"""Nothing is asked about them any more. After a failed or cancelled one the statement may be paid otherwise."""


@frozen(slots=True)
class PayTransfer:
    """``request`` never changes while the transfer is under way: what WeChat is asked, again and again with the same
    values; at the end it is emptied."""

    id: int
    statement_id: int
    live_statement_id: int | None
    """The statement's id, unless the transfer has failed or was cancelled: a statement has one."""
    escort_id: int
    out_bill_no: str
    state: str
    amount_fen: int
    appid: str
    mchid: str
    openid: str = field(repr=False)
    request: str = field(repr=False)
    """JSON; the escort's name in it is encrypted for WeChat."""
    key_serial: str
    """Of WeChat Pay's key that the name is encrypted with; empty: no name is sent."""
    wechat_bill_no: str
    package_sealed: str = field(repr=False)
    """With which the mini-program opens WeChat's page; empty: not known, or of no use any more."""
    fail_reason: str
    started_by: int
    cancel_by: int | None
    cancel_at: int | None
    """When the office asked for its end."""
    decided_by: int | None
    """Who has found out how it ended, as WeChat did not tell; None: WeChat's word ended it, or it is under way."""
    decided_note: str
    """The proof that it was paid, or the reason why it was not."""
    sent_at: int | None
    """When the request was sent last; None: never."""
    unanswered_at: int | None
    """When a request was sent last whose answer is not known; None: there is none."""
    accepted_at: int | None
    expires_at: int | None
    finished_at: int | None
    query_count: int
    next_query_at: int | None
    claimed_until: int
    last_error: str
    created_at: int
    updated_at: int
