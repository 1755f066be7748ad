"""Refunds of money that was received outside of WeChat: decided like every refund, and done when a person records that
they have paid it back. All of it in the caller's transaction.
"""

from __future__ import annotations

from payment import problems
from payment.books import ledger
from payment.offline.marks import check_unchanged
from payment.offline.problems import NotOffline, WrongMoment
from payment.offline.receipts import Handling, check_moment
from payment.refunds.outcome import finish_refund
from payment.refunds.steps import lock_refund
from storage import Reader, Transaction
from storage.locked_rows import must_have_changed
from storage.models import Attempt, Cause, Channel, OfflineKind, Refund, RefundState
from storage.writes import NewOfflineEntry, RefundMove


def is_offline(attempt: Attempt) -> bool:
    """Was this money received outside of WeChat? Then WeChat is never asked about it or its refunds."""
    return attempt.channel == Channel.OFFLINE


async def is_of_offline_money(reader: Reader, refund_id: int) -> bool:
    """Is this a refund that a person pays back? False for one that is not there."""
    refund = await reader.refunds.get(refund_id)
    attempt = await reader.attempts.get(refund.attempt_id) if refund is not None else None
    return attempt is not None and is_offline(attempt)


async def confirm(
    tx: Transaction, refund_id: int, handling: Handling, cause: Cause, seen: str | None = None
) -> Refund:
    """A person has paid the approved refund back; as it was. The order goes on as after every refund, and
    the user is told.

    Raises RefundNotFound, NotOffline, RefundAlreadyDecided, ChangedSinceSeen, WrongMoment, MonthClosed.
    """
    payable, refund = await lock_refund(tx, refund_id)
    attempt = await tx.attempts.get(refund.attempt_id)
    assert attempt is not None
    if not is_offline(attempt):
        raise NotOffline("这笔款是在微信付的，会由微信退回，不用线下退")
    if refund.state != RefundState.APPROVED:
        raise problems.RefundAlreadyDecided
    await check_unchanged(tx, payable, seen)
    await check_moment(tx, handling.occurred_at, cause.at)
    if attempt.paid_at is not None and handling.occurred_at < attempt.paid_at:
        raise WrongMoment("退款的时间早于收款的时间，请核对日期和时间")
    assert cause.actor.id is not None
    entry = NewOfflineEntry(
        entry_key=f"{OfflineKind.REFUND}:{refund.id}",
        kind=OfflineKind.REFUND,
        order_id=refund.order_id,
        attempt_id=attempt.id,
        refund_id=refund.id,
        amount_fen=-refund.amount_fen,
        method=handling.method,
        reference=handling.reference,
        handled_by=handling.handled_by,
        occurred_at=handling.occurred_at,
        recorded_by=cause.actor.id,
        recorded_at=cause.at,
        note=handling.note[:255],
    )
    moved = await tx.refunds.move(
        refund.id,
        (RefundState.APPROVED,),
        RefundState.SUCCEEDED,
        cause.at,
        RefundMove(finished_at=handling.occurred_at, next_query_at=None, last_error=""),
    )
    must_have_changed(moved)  # read under the order's lock
    await tx.offline.add(entry)
    await ledger.book_offline(tx, ledger.OFFLINE_REFUND, refund.out_refund_no, entry)
    await finish_refund(tx, payable, refund, cause)
    return refund
