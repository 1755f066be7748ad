"""What users ask for (取消订单, 仅退款) and how it is decided. All of it in the caller's transaction.

An approved cancellation ends the order whatever the percentage; an approved 仅退款 leaves it where it was, unless
everything goes back.
"""

from __future__ import annotations

from dataclasses import replace

from frozen_dataclasses import frozen
from orders.messages import queue_refund_outcome
from orders.transitions import Action, allowed
from payment import payables, problems
from payment.payables import Payable, PayableKey
from payment.refunds import fingerprints
from payment.refunds.amount_checks import check_amount, of_request
from payment.refunds.cancellation import end_and_notify
from payment.refunds.decisions import (
    RefundTerms,
    add_refund,
    check_refundable,
    earliest_send_at,
    paying_attempt,
    queued_at,
)
from payment.refunds.policy import RefundPolicy
from payment.refunds.quotes import default_kind, may_cancel, quote, undecided
from payment.refunds.steps import (
    Decision,
    enter_refunding,
    leave_refunding_if_done,
    lock_refund,
)
from refusals import InvalidInput, OrderNotFound
from storage import Transaction
from storage.locked_rows import must_have_changed
from storage.models import Actor, Cause, Ending, Refund, RefundKind, RefundState
from storage.writes import RefundMove
from wechat.message_facts import MessageOutcome


@frozen()
class RefundRequest:
    """What a user asks for. ``kind``: None decides by ``default_kind``. ``shown_fen``: of a cancellation the amount
    that was shown, which may be nothing; of 仅退款 the amount that is wanted; None when it was no amount."""

    kind: RefundKind | None
    reason: str
    shown_fen: int | None


async def request_refund(
    tx: Transaction,
    key: PayableKey,
    user_id: int,
    wanted: RefundRequest,
    policy: RefundPolicy,
    at: int,
) -> int:
    """The user asks; the refund's id. It waits for an administrator. Of a supplement only 仅退款 can be asked for.

    Raises OrderNotFound, SupplementNotFound,
    RefundNotAllowed, RefundAmountChanged, RefundExceedsPaid, InvalidInput.
    """
    reason, shown_fen = wanted.reason, wanted.shown_fen
    payable = await _lock_for_asker(tx, key, user_id)
    order = payable.order
    kind = _kind(payable, wanted, at)
    if shown_fen is None and kind == RefundKind.MONEY_BACK:
        raise InvalidInput("amount", "应为金额，例如 ￥100")
    existing = await tx.refunds.of_order(order.id)
    if not _may_ask(payable, existing):
        raise problems.RefundNotAllowed
    offered = quote(payable, existing, policy, at)
    if kind == RefundKind.CANCEL:
        if not may_cancel(order, at):
            raise problems.TooLateToCancel
        if shown_fen is None or offered.amount_fen != shown_fen:
            raise problems.RefundAmountChanged(offered.amount_fen)
    elif shown_fen is None or shown_fen < 1:
        raise problems.RefundNotAllowed(offered.rule)
    elif shown_fen > offered.remaining_fen:
        raise problems.RefundExceedsPaid
    attempt = await paying_attempt(tx, payable)
    refund_id = await add_refund(
        tx,
        order,
        RefundTerms(attempt, shown_fen, offered.amount_fen, reason, "user", user_id, kind),
        at,
    )
    if payable.supplement is None:
        await enter_refunding(tx, order, Cause(Actor("user", user_id), at, reason))
    return refund_id


async def _lock_for_asker(tx: Transaction, key: PayableKey, user_id: int) -> Payable:
    """The locked payable, if this user may ask for its money: the order's user; of a supplement also who paid it."""
    if key.supplement_id is None:
        order = await tx.orders.lock(key.order_id)
        if order is None or order.user_id != user_id:
            raise OrderNotFound
        return payables.of_order(order)
    payable = await payables.lock_for_user(tx, key, user_id)
    if user_id not in (payable.order.user_id, await payables.payer_of(tx, payable)):
        raise problems.RefundNotAllowed("这笔补款不是您付的，请由付款的人或下单的人申请退款")
    return payable


def _kind(payable: Payable, wanted: RefundRequest, at: int) -> RefundKind:
    if payable.supplement is not None:
        return RefundKind.MONEY_BACK
    return wanted.kind or default_kind(payable.order, at)


def _may_ask(payable: Payable, refunds: list[Refund]) -> bool:
    """An order with a request is in 退款中, which allows no second one."""
    if payable.supplement is not None:
        return payable.paid_attempt_id is not None and not undecided(payable, refunds)
    return allowed(Action.ASK_REFUND, payable.order.state)


async def withdraw_request(tx: Transaction, key: PayableKey, user_id: int, at: int) -> None:
    """The user withdraws the request that is not decided: the order goes back to where it was.

    Raises OrderNotFound, SupplementNotFound, RefundNotAllowed, RefundAlreadyDecided.
    """
    payable = await _lock_for_asker(tx, key, user_id)
    waiting = undecided(payable, await tx.refunds.of_order(key.order_id))
    if not waiting:
        raise problems.RefundAlreadyDecided("这个申请已经处理过了，请刷新后查看")
    for refund in waiting:
        withdrawn = RefundMove(finished_at=at)
        must_have_changed(
            await tx.refunds.move(refund.id, (RefundState.REQUESTED,), RefundState.WITHDRAWN, at, withdrawn)
        )
    await leave_refunding_if_done(tx, payable, Cause(Actor("user", user_id), at, "用户撤回了申请"))


async def approve_refund(
    tx: Transaction,
    refund_id: int,
    decision: Decision,
    amount_fen: int | None,
) -> None:
    """Approve a request, with another amount if need be; from here on WeChat may be asked.

    A cancellation ends the order, at 0 % too. Raises RefundNotFound, RefundAlreadyDecided, RefundNotAllowed,
    RefundExceedsPaid, NothingToRefund, AboveClerkLimit, AmountUnusual, ChangedSinceSeen.
    """
    at, note = decision.cause.at, decision.cause.reason
    payable, refund = await _lock_undecided(tx, refund_id, decision.seen)
    attempt = await paying_attempt(tx, payable)
    amount = refund.amount_fen if amount_fen is None else amount_fen
    cancels = refund.kind == RefundKind.CANCEL
    existing = await tx.refunds.of_order(refund.order_id)
    nothing_due = cancels and amount == 0
    if not nothing_due:
        await check_refundable(tx, attempt, amount, existing, at)
    check_amount(amount, of_request(refund), decision.checks)
    decided = replace(_decision_columns(decision.cause), amount_fen=amount)
    if nothing_due:
        state, changes = RefundState.NOTHING_DUE, replace(decided, finished_at=at)
    else:
        send_at = earliest_send_at(existing, attempt, at)
        state, changes = RefundState.APPROVED, replace(decided, next_query_at=queued_at(attempt, send_at))
    must_have_changed(await tx.refunds.move(refund.id, (RefundState.REQUESTED,), state, at, changes))
    if cancels:
        reason = f"取消申请已通过：{note}" if note else "取消申请已通过"
        cause = replace(decision.cause, reason=reason)
        await end_and_notify(tx, payable.order, attempt, Ending.CANCELLED_BY_USER, cause, amount)


async def reject_refund(tx: Transaction, refund_id: int, decision: Decision) -> None:
    """Reject a request: the order goes back to where it was. Raises RefundNotFound, RefundAlreadyDecided,
    ChangedSinceSeen."""
    at, note = decision.cause.at, decision.cause.reason
    payable, refund = await _lock_undecided(tx, refund_id, decision.seen)
    changes = replace(_decision_columns(decision.cause), finished_at=at)
    rejected = await tx.refunds.move(refund.id, (RefundState.REQUESTED,), RefundState.REJECTED, at, changes)
    must_have_changed(rejected)
    what = "取消申请未通过" if refund.kind == RefundKind.CANCEL else "退款申请未通过"
    reason = f"{what}：{note}" if note else what
    await leave_refunding_if_done(tx, payable, replace(decision.cause, reason=reason))
    await queue_refund_outcome(tx, payable.order, refund, MessageOutcome.REJECTED, at)


def _decision_columns(cause: Cause) -> RefundMove:
    """What a decision about a request leaves in its row."""
    return RefundMove(decision_note=cause.reason[:255], decided_at=cause.at, actor_id=cause.actor.id)


async def _lock_undecided(tx: Transaction, refund_id: int, seen: str | None) -> tuple[Payable, Refund]:
    """The request and what it is about, locked, as the page showed them."""
    payable, refund = await lock_refund(tx, refund_id)
    if refund.state == RefundState.WITHDRAWN:
        after = "订单回到原来的状态" if payable.supplement is None else "不用再处理"
        raise problems.RefundAlreadyDecided(f"用户刚刚撤回了这个申请，{after}")
    if refund.state != RefundState.REQUESTED:
        raise problems.RefundAlreadyDecided
    fingerprints.check_unchanged(seen, payable, await tx.refunds.of_order(refund.order_id))
    return payable, refund
