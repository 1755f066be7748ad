"""What WeChat's report about a refund changes. Only a verified notification or query may end one."""

from __future__ import annotations

import json
import logging
from typing import Any

from clock import DAY, MINUTE
from money import accounting_yuan
from orders.messages import queue_refund_outcome
from orders.transitions import Action, allowed
from payment import payables
from payment.books import ledger
from payment.evidence import Source, actor_of
from payment.invoicing.issuing import after_refund
from payment.payables import Payable
from payment.refunds.steps import (
    enter_refunding,
    leave_refunding_if_done,
    lock_refund,
    open_case,
)
from payment.wechatpay.results import RefundResult
from storage import Transaction
from storage.locked_rows import must_have_changed
from storage.models import Actor, Attempt, Cause, Refund, RefundState
from storage.writes import KEPT, RefundMove
from wechat.message_facts import MessageOutcome

logger = logging.getLogger("hospital.payment.refunds")

RANK = {
    RefundState.REQUESTED: 0,
    RefundState.APPROVED: 1,
    RefundState.PROCESSING: 2,
    RefundState.ABNORMAL: 3,
    RefundState.CLOSED: 4,
    RefundState.REJECTED: 4,
    RefundState.WITHDRAWN: 4,
    RefundState.NOTHING_DUE: 4,
    RefundState.SUCCEEDED: 5,
}
"""A refund's state only ever moves up: a late PROCESSING changes nothing."""
FROM_WECHAT = {
    "PROCESSING": RefundState.PROCESSING,
    "ABNORMAL": RefundState.ABNORMAL,
    "CLOSED": RefundState.CLOSED,
    "SUCCESS": RefundState.SUCCEEDED,
}


async def apply_refund(tx: Transaction, result: RefundResult, source: Source, at: int) -> RefundState | None:
    """Apply WeChat's report about a refund; the state it is in now, None for a number that is not ours.

    ``source`` is a verified notification or query: nothing else may call this. Idempotent; a late report of a lower
    rank changes nothing.
    """
    known = await tx.refunds.by_number(result.out_refund_no)
    if known is None:
        detail = json.dumps({"source": source, "wechat": dict(result.raw)}, ensure_ascii=False, default=str)
        if await tx.finance.open_case("refund_unknown", result.out_refund_no, detail, at):
            logger.error("a refund with an unknown number was reported by %s: case opened", source)
        return None
    payable, refund = await lock_refund(tx, known.id)
    attempt = await tx.attempts.get(refund.attempt_id)
    assert attempt is not None
    if differs := _differences(refund, attempt, result):
        await open_case(tx, "refund_mismatch", refund, {"differs": differs, "source": source}, at)
        return RefundState(refund.state)
    state = FROM_WECHAT[result.status]
    if RANK[state] <= RANK[RefundState(refund.state)]:
        return RefundState(refund.state)
    await _move(tx, payable, refund, result, source, at)
    return state


def _differences(refund: Refund, attempt: Attempt, result: RefundResult) -> dict[str, Any]:
    pairs = {
        "refund_fen": (refund.amount_fen, result.refund_fen),
        "total_fen": (attempt.amount_fen, result.total_fen),
        "out_trade_no": (attempt.out_trade_no, result.out_trade_no),
        "transaction_id": (attempt.transaction_id, result.transaction_id),
        "mchid": (attempt.mchid, result.mchid or attempt.mchid),
        "currency": (attempt.currency, result.currency or attempt.currency),
    }
    return {name: {"expected": a, "found": b} for name, (a, b) in pairs.items() if a != b}


async def _move(
    tx: Transaction,
    payable: Payable,
    refund: Refund,
    result: RefundResult,
    source: Source,
    at: int,
) -> None:
    state = FROM_WECHAT[result.status]
    final = state in (RefundState.SUCCEEDED, RefundState.CLOSED)
    done_at = result.success_at if state == RefundState.SUCCEEDED and result.success_at is not None else at
    accepted_at = at if result.created_at is None else result.created_at
    query_at = at + (DAY if state == RefundState.ABNORMAL else MINUTE)
    changes = RefundMove(
        wechat_refund_id=result.refund_id,
        submitted_at=accepted_at if refund.submitted_at is None else KEPT,
        finished_at=done_at if final else KEPT,
        next_query_at=None if final else query_at,
        last_error="",
    )
    moved = await tx.refunds.move(refund.id, (refund.state,), state, at, changes)
    must_have_changed(moved)  # read under the order's lock
    if state == RefundState.SUCCEEDED:
        await _apply_refund_success(tx, payable, refund, done_at, actor_of(source), at)
    elif state == RefundState.CLOSED:
        await open_case(tx, "refund_closed", refund, {"amount_fen": refund.amount_fen}, at)
        await leave_refunding_if_done(tx, payable, Cause(actor_of(source), at, "微信支付关闭了退款"))
        await queue_refund_outcome(tx, payable.order, refund, MessageOutcome.CLOSED, at)
    elif state == RefundState.ABNORMAL:
        await open_case(tx, "refund_abnormal", refund, {"amount_fen": refund.amount_fen}, at)
    if state != RefundState.ABNORMAL:
        logger.info("refund %d of %s is %s (%s)", refund.id, payable, state, source)


async def _apply_refund_success(
    tx: Transaction, payable: Payable, refund: Refund, done_at: int, actor: Actor, at: int
) -> None:
    await ledger.book_refund(tx, refund, done_at, at)
    await finish_refund(tx, payable, refund, Cause(actor, at, "微信退款到账"))


async def finish_refund(tx: Transaction, payable: Payable, refund: Refund, cause: Cause) -> None:
    """The money of a refund has gone back, and is booked: what that changes of its locked payable. ``refund``: as it
    was before."""
    actor, at = cause.actor, cause.at
    await queue_refund_outcome(tx, payable.order, refund, MessageOutcome.REFUNDED, at)
    if not payable.is_paid_by(refund.attempt_id):
        return  # surplus money: neither order nor supplement has anything to do with it
    await payables.add_refunded(tx, payable, refund.amount_fen, at)
    await after_refund(tx, payable.order.id, at)
    if RANK[RefundState(refund.state)] == RANK[RefundState.CLOSED]:
        # It had ended without money, here or at WeChat, and was paid after all. The money is booked in any case.
        await open_case(tx, "refund_revived", refund, {"amount_fen": refund.amount_fen}, at)
    if payable.supplement is not None:
        return
    fresh = await payables.reload(tx, payable)
    if allowed(Action.ASK_REFUND, fresh.order.state):  # it takes the usual way of a refund
        await enter_refunding(tx, fresh.order, cause)
        fresh = await payables.reload(tx, payable)
    reason = f"退款到账 ￥{accounting_yuan(refund.amount_fen)}"
    await leave_refunding_if_done(tx, fresh, Cause(actor, at, reason))
