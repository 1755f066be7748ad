"""Refunds that administrators start, take back and make again. All of it in the caller's transaction.

Sum of approved, processing, succeeded and abnormal <= what was paid, checked under the locks of the order and of
the attempt that paid it. Number and amount are committed before WeChat hears of them and never change afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable

from clock import DAY, MINUTE
from frozen_dataclasses import frozen
from orders.transitions import Action, allowed
from payment import payables, problems
from payment.payables import Payable, PayableKey
from payment.refunds import fingerprints
from payment.refunds.amount_checks import check_amount, of_refund
from payment.refunds.policy import RefundPolicy
from payment.refunds.quotes import quote, undecided
from payment.refunds.steps import Decision, enter_refunding, leave_refunding_if_done, lock_refund
from payment.wechatpay.numbers import new_out_refund_no
from refusals import OrderNotFound
from storage import Transaction
from storage.claims import too_late
from storage.locked_rows import must_have_changed
from storage.models import (
    COMMITTED_REFUNDS,
    RESERVING_REFUNDS,
    Actor,
    Attempt,
    Cause,
    Channel,
    Order,
    OrderState,
    Refund,
    RefundKind,
    RefundState,
)
from storage.writes import NewRefund, RefundMove

MAX_REFUNDS_PER_PAYMENT = 50
REFUND_WINDOW = 365 * DAY
MIN_REFUND_INTERVAL = MINUTE + 1_000
"""WeChat wants a minute between two refunds of one payment; a second more for the clocks."""


def refundable_fen(attempt: Attempt, refunds: list[Refund]) -> int:
    """What of an attempt's money is neither refunded nor promised. ``refunds``: all of the order."""
    reserved = sum(
        refund.amount_fen
        for refund in refunds
        if refund.attempt_id == attempt.id and refund.state in RESERVING_REFUNDS
    )
    return max(attempt.amount_fen - reserved, 0)


async def start_refund(
    tx: Transaction,
    key: PayableKey,
    decision: Decision,
    amount_fen: int,
    policy: RefundPolicy,
) -> int:
    """An administrator refunds ``amount_fen`` of an order or supplement (仅退款), approved at once; the refund's id.

    A form that is sent twice, or that knows nothing of a colleague's refund, is
    refused. An order that was cancelled keeps that state. Raises OrderNotFound, SupplementNotFound, RefundNotAllowed,
    RefundExceedsPaid, AboveClerkLimit, AmountUnusual, ChangedSinceSeen.
    """
    actor, at, reason = decision.cause.actor, decision.cause.at, decision.cause.reason
    order = await tx.orders.lock(key.order_id)
    if order is None:
        raise OrderNotFound
    payable = await payables.load(tx, order, key.supplement_id)
    existing = await tx.refunds.of_order(order.id)
    fingerprints.check_unchanged(decision.seen, payable, existing)
    if undecided(payable, existing):
        raise problems.RefundNotAllowed("请先处理用户的退款申请")
    if not may_refund(payable):
        raise problems.RefundNotAllowed
    attempt = await paying_attempt(tx, payable)
    await check_refundable(tx, attempt, amount_fen, existing, at)
    offered = quote(payable, existing, policy, at)
    check_amount(amount_fen, of_refund(offered), decision.checks)
    terms = RefundTerms(attempt, amount_fen, offered.amount_fen, reason, "admin", actor.id)
    refund_id = await add_refund(tx, order, terms, at, send_at=earliest_send_at(existing, attempt, at))
    await _enter_refunding_if_allowed(tx, payable, decision.cause)
    return refund_id


async def _enter_refunding_if_allowed(tx: Transaction, payable: Payable, cause: Cause) -> None:
    """Refunds of a supplement move no order."""
    if payable.supplement is None and allowed(Action.ASK_REFUND, payable.order.state):
        await enter_refunding(tx, payable.order, cause)


def may_refund(payable: Payable) -> bool:
    """May its money go back? Also of a cancelled order: it stays cancelled, or is refunded in the end."""
    if payable.supplement is not None:
        return payable.paid_attempt_id is not None
    order = payable.order
    ended = order.state == OrderState.CANCELLED and order.paid_attempt_id is not None
    return ended or order.state == OrderState.REFUNDING or allowed(Action.ASK_REFUND, order.state)


async def paying_attempt(tx: Transaction, payable: Payable) -> Attempt:
    """The attempt whose money paid it, locked."""
    if payable.paid_attempt_id is None or (known := await tx.attempts.get(payable.paid_attempt_id)) is None:
        raise problems.RefundNotAllowed
    attempt = await tx.attempts.lock_by_number(known.out_trade_no)
    assert attempt is not None
    return attempt


async def check_refundable(
    tx: Transaction, attempt: Attempt, amount_fen: int, existing: list[Refund], at: int
) -> None:
    """Would this amount still be within what was paid, and, of money at WeChat, within its limits? Raises
    NothingToRefund, RefundExceedsPaid, RefundNotAllowed."""
    if amount_fen < 1:
        raise problems.NothingToRefund
    if await tx.refunds.reserved_fen(attempt.id) + amount_fen > attempt.amount_fen:
        raise problems.RefundExceedsPaid
    if attempt.channel == Channel.OFFLINE:
        return  # a person pays it back, whenever and however often
    made = [
        refund for refund in existing if refund.attempt_id == attempt.id and refund.state in COMMITTED_REFUNDS
    ]
    if len(made) >= MAX_REFUNDS_PER_PAYMENT:
        raise problems.RefundNotAllowed(f"同一笔支付最多退款 {MAX_REFUNDS_PER_PAYMENT} 次")
    if attempt.paid_at is not None and at > attempt.paid_at + REFUND_WINDOW:
        raise problems.RefundNotAllowed("支付已超过 365 天，微信支付不再支持退款")


def earliest_send_at(existing: list[Refund], attempt: Attempt, at: int) -> int:
    """When this refund may be sent: a minute after the last one of the same payment, sent or still waiting. One that
    was tried and failed is waited for no more: the sender keeps them apart then."""
    sent = [
        refund.submitted_at or (refund.next_query_at or 0 if refund.query_count == 0 else 0)
        for refund in existing
        if refund.attempt_id == attempt.id and refund.state in COMMITTED_REFUNDS
    ]
    return max(at, last_before(sent, at, MAX_REFUNDS_PER_PAYMENT * MIN_REFUND_INTERVAL) + MIN_REFUND_INTERVAL)


def last_before(moments: Iterable[int], at: int, ahead: int) -> int:
    """The last of these moments, 0 for none, but for those that were written by a clock that was wrong: no other lies
    further ahead than ``ahead`` (ms)."""
    return max((each for each in moments if each <= too_late(at, ahead)), default=0)


def queued_at(attempt: Attempt, send_at: int | None) -> int | None:
    """When the sweeper sends an approved refund: never one of money outside of WeChat, which a person pays back."""
    return None if attempt.channel == Channel.OFFLINE else send_at


@frozen()
class RefundTerms:
    """How much goes back of which payment, and why. ``policy_fen``: what the policy would give at that moment."""

    attempt: Attempt
    amount_fen: int
    policy_fen: int
    reason: str
    source: str
    actor_id: int | None
    kind: str = RefundKind.MONEY_BACK


async def add_refund(
    tx: Transaction,
    order: Order,
    terms: RefundTerms,
    at: int,
    *,
    send_at: int | None = None,
    renews_refund_id: int | None = None,
) -> int:
    """Write a refund down under a new number: approved, and sent at ``send_at`` at the earliest, or without that as a
    request that waits for a decision. ``renews_refund_id``: the closed one that it makes again. The refund's id."""
    approved = send_at is not None
    new = NewRefund(
        order_id=order.id,
        attempt_id=terms.attempt.id,
        out_refund_no=new_out_refund_no(at),
        state=RefundState.APPROVED if approved else RefundState.REQUESTED,
        kind=terms.kind,
        amount_fen=terms.amount_fen,
        policy_fen=terms.policy_fen,
        reason=terms.reason[:255],
        source=terms.source,
        actor_id=terms.actor_id,
        decided_at=at if approved else None,
        next_query_at=queued_at(terms.attempt, send_at),
        renews_refund_id=renews_refund_id,
    )
    return await tx.refunds.add(new, at)


async def withdraw_refund(tx: Transaction, refund_id: int, actor: Actor, note: str, at: int) -> None:
    """Take back an approved refund that WeChat, asked just now, does not know, or that a person has not paid back: its
    amount is free again.

    Raises RefundNotFound, RefundAlreadyDecided.
    """
    payable, refund = await lock_refund(tx, refund_id)
    if refund.state != RefundState.APPROVED:
        raise problems.RefundAlreadyDecided
    if not payable.is_paid_by(refund.attempt_id):
        raise problems.RefundNotAllowed("多收的款项必须退回")
    closed = await tx.refunds.move(
        refund.id,
        (RefundState.APPROVED,),
        RefundState.CLOSED,
        at,
        RefundMove(decision_note=note[:255], finished_at=at, next_query_at=None),
    )
    must_have_changed(closed)
    await leave_refunding_if_done(tx, payable, Cause(actor, at, note or "退款已撤回"))


async def renew_refund(tx: Transaction, refund_id: int, actor: Actor, at: int) -> int:
    """Refund again, under a new number, what WeChat closed; the new refund's id. Its amount was decided before.

    Raises RefundNotFound, RefundAlreadyDecided, RefundNotAllowed, RefundExceedsPaid.
    """
    payable, refund = await lock_refund(tx, refund_id)
    if refund.state != RefundState.CLOSED:
        raise problems.RefundAlreadyDecided
    existing = await tx.refunds.of_order(refund.order_id)
    if any(other.renews_refund_id == refund.id for other in existing):
        raise problems.RefundAlreadyDecided
    known = await tx.attempts.get(refund.attempt_id)
    assert known is not None
    attempt = await tx.attempts.lock_by_number(known.out_trade_no)
    assert attempt is not None
    await check_refundable(tx, attempt, refund.amount_fen, existing, at)
    has_paid = payable.is_paid_by(attempt.id)
    if has_paid and undecided(payable, existing):
        raise problems.RefundNotAllowed("请先处理用户的申请")
    if has_paid and not may_refund(payable):
        raise problems.RefundNotAllowed
    if has_paid:
        await _enter_refunding_if_allowed(tx, payable, Cause(actor, at, refund.reason))
    source = "admin" if has_paid else refund.source
    terms = RefundTerms(
        attempt, refund.amount_fen, refund.policy_fen, refund.reason, source, actor.id, refund.kind
    )
    send_at = earliest_send_at(existing, attempt, at)
    return await add_refund(tx, payable.order, terms, at, send_at=send_at, renews_refund_id=refund.id)
