"""When WeChat is asked again about a transfer that is not final, and when a person is told."""

from __future__ import annotations

from clock import DAY, HOUR, MINUTE, SECOND
from storage.models import PayTransfer, TransferState

CONFIRMED_WITHIN = DAY
"""So long WeChat waits for the payee."""
QUERIED_FOR = 30 * DAY
"""Older transfers WeChat does not tell of."""
REPEATED_FOR = 3 * DAY
"""So long a number is repeated: later it might count as a new one."""
STUCK_AFTER = HOUR
"""What WeChat does by itself takes seconds: longer is a case. An expiry was seen 47 minutes late."""


def stuck_from(transfer: PayTransfer) -> int | None:
    """From when on (ms) a transfer that stays in its state is one for a human; None: never."""
    if transfer.state == TransferState.CREATED:
        return transfer.created_at + STUCK_AFTER
    if transfer.state in (TransferState.ACCEPTED, TransferState.PROCESSING) and transfer.accepted_at:
        return transfer.accepted_at + STUCK_AFTER
    if transfer.state == TransferState.CANCELLING and transfer.cancel_at:
        return transfer.cancel_at + STUCK_AFTER
    if transfer.state in (TransferState.WAITING, TransferState.TRANSFERRING) and transfer.expires_at:
        return transfer.expires_at + 3 * STUCK_AFTER
    return None


def forgotten_from(transfer: PayTransfer) -> int:
    """From when on (ms) WeChat does not tell of a transfer any more, whatever became of it."""
    return max(transfer.created_at, transfer.sent_at or 0, transfer.accepted_at or 0) + QUERIED_FOR


def is_stuck(transfer: PayTransfer, at: int) -> bool:
    from_at = stuck_from(transfer)
    return from_at is not None and at >= from_at


def retry_delay(tries: int) -> int:
    """How long to wait (ms) after so many failures: fifteen seconds, doubling up to an hour."""
    return min(15 * SECOND << min(tries, 8), HOUR)


def next_query_at(transfer: PayTransfer, state: TransferState, at: int) -> int:
    """While the payee is waited for: every minute, then every five, closely again once the day is over. Otherwise every
    fifteen seconds, every minute, every ten; after a day every hour."""
    age = at - transfer.created_at
    if state == TransferState.WAITING:
        expires_at = transfer.expires_at or transfer.created_at + CONFIRMED_WITHIN
        if at < expires_at:
            pause = MINUTE if age < 10 * MINUTE else 5 * MINUTE
            return min(at + pause, max(expires_at, at + SECOND))
        return at + (5 * MINUTE if at < expires_at + 3 * HOUR else HOUR)
    for until, pause in ((5 * MINUTE, 15 * SECOND), (HOUR, MINUTE), (DAY, 10 * MINUTE)):
        if age < until:
            return at + pause
    return at + HOUR
