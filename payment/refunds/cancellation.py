"""Ending a paid order that was not served, with its money. All of it in the caller's transaction.

The office does it by itself (``end_order``) or by approving a user's request (``requests.approve_refund``); both end
in ``end_and_notify``.
"""

from __future__ import annotations

from frozen_dataclasses import frozen
from orders.ending import end_unserved, end_with_full_refund
from orders.messages import queue_cancellation
from orders.transitions import Action, allowed
from payment import payables, problems
from payment.refunds import fingerprints
from payment.refunds.amount_checks import check_amount, of_ending
from payment.refunds.decisions import (
    RefundTerms,
    add_refund,
    check_refundable,
    earliest_send_at,
    paying_attempt,
)
from payment.refunds.policy import RefundPolicy
from payment.refunds.quotes import quote, undecided
from payment.refunds.steps import Decision, enter_refunding
from refusals import OrderNotFound
from storage import Transaction
from storage.models import (
    ORDERS_TO_SERVE,
    UNSERVED,
    Attempt,
    Cause,
    Ending,
    Order,
    OrderState,
    RefundKind,
)


def may_end(order: Order) -> bool:
    """May the office end this order now? Also while a partial refund is on its way."""
    return order.state in ORDERS_TO_SERVE or (order.state == OrderState.REFUNDING and not order.ending)


@frozen()
class OrderEnding:
    """How the office ends an order that will not be served: ``amount_fen`` goes back, which may be nothing; the history
    shows ``reason``."""

    ending: Ending
    amount_fen: int
    reason: str = ""


async def end_order(
    tx: Transaction,
    order_id: int,
    wanted: OrderEnding,
    decision: Decision,
    policy: RefundPolicy,
) -> int | None:
    """The office ends an order; the id of the refund, if there is one.

    Raises OrderNotFound, OrderNotEndable, RefundNotAllowed, RefundExceedsPaid, AboveClerkLimit, AmountUnusual,
    ChangedSinceSeen.
    """
    actor, at = decision.cause.actor, decision.cause.at
    ending, amount_fen = wanted.ending, wanted.amount_fen
    order = await tx.orders.lock(order_id)
    if order is None:
        raise OrderNotFound
    existing = await tx.refunds.of_order(order.id)
    payable = payables.of_order(order)
    fingerprints.check_unchanged(decision.seen, payable, existing)
    if undecided(payable, existing):
        raise problems.RefundNotAllowed("请先处理用户的申请")
    if not may_end(order) or ending not in UNSERVED:
        raise problems.OrderNotEndable
    attempt = await paying_attempt(tx, payable)
    refund_id = None
    offered = quote(payable, existing, policy, at)
    if amount_fen:
        await check_refundable(tx, attempt, amount_fen, existing, at)
    check_amount(amount_fen, of_ending(ending, offered), decision.checks)
    if amount_fen:
        terms = RefundTerms(
            attempt, amount_fen, offered.amount_fen, wanted.reason, "admin", actor.id, RefundKind.CANCEL
        )
        refund_id = await add_refund(tx, order, terms, at, send_at=earliest_send_at(existing, attempt, at))
    if allowed(Action.ASK_REFUND, order.state):
        await enter_refunding(tx, order, decision.cause)
        fresh = await tx.orders.get(order.id)
        assert fresh is not None
        order = fresh
    await end_and_notify(tx, order, attempt, ending, decision.cause, amount_fen)
    return refund_id


async def end_and_notify(
    tx: Transaction,
    order: Order,
    attempt: Attempt,
    ending: Ending,
    cause: Cause,
    amount_fen: int,
) -> None:
    """End an order in 退款中 whose refund, if any, is written down; tell escort and user."""
    if await tx.refunds.reserved_fen(attempt.id) >= order.paid_fen:
        await end_with_full_refund(tx, order, ending, cause.at)
    else:
        await end_unserved(tx, order, ending, cause)
    await queue_cancellation(tx, order, amount_fen, cause.at)
