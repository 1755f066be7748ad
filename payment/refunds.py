"""Refunds: offered, asked for, decided. All of it in the caller's transaction.

Sum of approved, processing, succeeded and abnormal <= what was paid, checked under the locks of the order and of
the attempt that paid it. Number and amount are committed before WeChat hears of them and never change afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from clock import DAY, MINUTE
from orders.transitions import Action, allowed
from payment import problems
from payment.numbers import new_out_refund_no
from payment.policy import Tier, refundable_fen
from payment.refund_steps import begin, locked, rest, tell
from payment.settlement import MADE_AT_WECHAT
from storage import Transaction
from storage.models import Actor, Attempt, Order, OrderState, Refund, RefundState
from storage.repositories.refunds import RESERVING

MOST_PARTIALS = 50
LATEST = 365 * DAY
PAUSE_BETWEEN = MINUTE + 1_000
"""WeChat wants a minute between two refunds of one payment; a second more for the clocks."""


@dataclass(frozen=True)
class Quote:
    """What the user would get back now: ``amount_fen`` is what ``percent`` of the payment leaves beyond what was
    refunded or promised already, by ``rule``; ``remaining_fen`` is all that is neither."""

    amount_fen: int
    percent: int
    rule: str
    remaining_fen: int


def quote(order: Order, refunds: list[Refund], tiers: tuple[Tier, ...], at: int) -> Quote:
    """By the configured policy. ``refunds``: all of the order.

    The percentage is of the whole payment: asking again and again never adds up to more than asking once.
    """
    promised = sum(
        refund.amount_fen
        for refund in refunds
        if refund.attempt_id == order.paid_attempt_id and refund.state in RESERVING
    )
    remaining = max(order.paid_fen - promised, 0)
    policy = refundable_fen(order.paid_fen, order.visit_date, at, tiers)
    if not allowed(Action.ASK_REFUND, order.state) or remaining == 0:
        return Quote(0, 0, policy.rule, remaining)
    return Quote(max(policy.amount_fen - promised, 0), policy.percent, policy.rule, remaining)


def room_fen(attempt: Attempt, refunds: list[Refund]) -> int:
    """What of an attempt's money is neither refunded nor promised. ``refunds``: all of the order."""
    reserved = sum(
        refund.amount_fen
        for refund in refunds
        if refund.attempt_id == attempt.id and refund.state in RESERVING
    )
    return max(attempt.amount_fen - reserved, 0)


async def ask(
    tx: Transaction,
    order_id: int,
    user_id: int,
    reason: str,
    shown_fen: int,
    tiers: tuple[Tier, ...],
    at: int,
) -> int:
    """The user asks for the refund that was shown; its id. It waits for an administrator.

    Raises OrderNotFound, RefundNotAllowed, RefundAmountChanged.
    """
    order = await tx.orders.lock(order_id)
    if order is None or order.user_id != user_id:
        raise problems.OrderNotFound
    if not allowed(Action.ASK_REFUND, order.state):
        raise problems.RefundNotAllowed
    offered = quote(order, await tx.refunds.of_order(order.id), tiers, at)
    if offered.amount_fen != shown_fen:
        raise problems.RefundAmountChanged(offered.amount_fen)
    if offered.amount_fen == 0:
        raise problems.RefundNotAllowed(offered.rule)
    attempt = await _paying_attempt(tx, order)
    refund_id = await _add(
        tx, order, attempt, offered.amount_fen, offered.amount_fen, reason, "user", user_id, at
    )
    await begin(tx, order, Actor("user", user_id), reason, at)
    return refund_id


async def start(
    tx: Transaction,
    order_id: int,
    actor: Actor,
    amount_fen: int,
    reason: str,
    tiers: tuple[Tier, ...],
    at: int,
    seen: int | None = None,
) -> int:
    """An administrator refunds ``amount_fen`` of the order, approved at once; the refund's id.

    ``seen``: how many refunds the order had when the form was shown. A form that is sent twice, or that knows
    nothing of a colleague's refund, is refused. Raises OrderNotFound, RefundNotAllowed, RefundExceedsPaid,
    RefundAlreadyDecided.
    """
    order = await tx.orders.lock(order_id)
    if order is None:
        raise problems.OrderNotFound
    existing = await tx.refunds.of_order(order.id)
    if seen is not None and seen != len(existing):
        raise problems.RefundAlreadyDecided("这个订单刚刚有了新的退款，请刷新后核对，再决定是否再退一笔")
    if any(refund.state == RefundState.REQUESTED for refund in existing):
        raise problems.RefundNotAllowed("请先处理用户的退款申请")
    if order.state != OrderState.REFUNDING and not allowed(Action.ASK_REFUND, order.state):
        raise problems.RefundNotAllowed
    attempt = await _paying_attempt(tx, order)
    await _check_room(tx, attempt, amount_fen, existing, at)
    policy_fen = quote(order, existing, tiers, at).amount_fen
    approved = {
        "state": RefundState.APPROVED,
        "decided_at": at,
        "next_query_at": _turn(existing, attempt, at),
    }
    refund_id = await _add(
        tx, order, attempt, amount_fen, policy_fen, reason, "admin", actor.id, at, **approved
    )
    if order.state != OrderState.REFUNDING:
        await begin(tx, order, actor, reason, at)
    return refund_id


async def _paying_attempt(tx: Transaction, order: Order) -> Attempt:
    """The attempt whose money paid the order, locked."""
    known = await tx.attempts.get(order.paid_attempt_id) if order.paid_attempt_id is not None else None
    if known is None:
        raise problems.RefundNotAllowed
    attempt = await tx.attempts.lock_by_number(known.out_trade_no)
    assert attempt is not None
    return attempt


async def _check_room(
    tx: Transaction, attempt: Attempt, amount_fen: int, existing: list[Refund], at: int
) -> None:
    """Would this amount still be within what was paid, and within WeChat's limits?"""
    if amount_fen < 1 or await tx.refunds.reserved_fen(attempt.id) + amount_fen > attempt.amount_fen:
        raise problems.RefundExceedsPaid
    made = [
        refund for refund in existing if refund.attempt_id == attempt.id and refund.state in MADE_AT_WECHAT
    ]
    if len(made) >= MOST_PARTIALS:
        raise problems.RefundNotAllowed(f"同一笔支付最多退款 {MOST_PARTIALS} 次")
    if attempt.paid_at is not None and at > attempt.paid_at + LATEST:
        raise problems.RefundNotAllowed("支付已超过 365 天，微信支付不再支持退款")


def _turn(existing: list[Refund], attempt: Attempt, at: int) -> int:
    """When this refund may be sent: a minute after the last one of the same payment, sent or still in line. One that
    was tried and failed is waited for no more: the sender keeps them apart then."""
    sent = [
        refund.submitted_at or (refund.next_query_at or 0 if refund.query_count == 0 else 0)
        for refund in existing
        if refund.attempt_id == attempt.id and refund.state in MADE_AT_WECHAT
    ]
    return max(at, max(sent, default=0) + PAUSE_BETWEEN)


async def _add(
    tx: Transaction,
    order: Order,
    attempt: Attempt,
    amount_fen: int,
    policy_fen: int,
    reason: str,
    source: str,
    actor_id: int | None,
    at: int,
    **decided: Any,
) -> int:
    values = {
        "order_id": order.id,
        "attempt_id": attempt.id,
        "out_refund_no": new_out_refund_no(at),
        "state": RefundState.REQUESTED,
        "amount_fen": amount_fen,
        "policy_fen": policy_fen,
        "reason": reason[:255],
        "source": source,
        "actor_id": actor_id,
        **decided,
    }
    return await tx.refunds.add(values, at)


async def approve(
    tx: Transaction, refund_id: int, actor: Actor, amount_fen: int | None, note: str, at: int
) -> None:
    """Say yes to a request, with another amount if need be; from here on WeChat may be asked.

    Raises RefundNotFound, RefundAlreadyDecided, RefundNotAllowed, RefundExceedsPaid.
    """
    order, refund = await locked(tx, refund_id)
    if refund.state != RefundState.REQUESTED:
        raise problems.RefundAlreadyDecided
    attempt = await _paying_attempt(tx, order)
    amount = refund.amount_fen if amount_fen is None else amount_fen
    existing = await tx.refunds.of_order(order.id)
    await _check_room(tx, attempt, amount, existing, at)
    await tx.refunds.move(
        refund.id,
        (RefundState.REQUESTED,),
        RefundState.APPROVED,
        at,
        amount_fen=amount,
        decision_note=note[:255],
        decided_at=at,
        next_query_at=_turn(existing, attempt, at),
        actor_id=actor.id,
    )


async def reject(tx: Transaction, refund_id: int, actor: Actor, note: str, at: int) -> None:
    """Say no: the order goes back to where it was. Raises RefundNotFound, RefundAlreadyDecided."""
    order, refund = await locked(tx, refund_id)
    if refund.state != RefundState.REQUESTED:
        raise problems.RefundAlreadyDecided
    await tx.refunds.move(
        refund.id,
        (RefundState.REQUESTED,),
        RefundState.REJECTED,
        at,
        decision_note=note[:255],
        decided_at=at,
        finished_at=at,
        actor_id=actor.id,
    )
    await rest(tx, order, actor, f"退款申请未通过：{note}" if note else "退款申请未通过", at)
    await tell(tx, order, refund, "rejected", refund.amount_fen, at)


async def withdraw(tx: Transaction, refund_id: int, actor: Actor, note: str, at: int) -> None:
    """Take back an approved refund that WeChat, asked just now, does not know: its amount is free again.

    Raises RefundNotFound, RefundAlreadyDecided.
    """
    order, refund = await locked(tx, refund_id)
    if refund.state != RefundState.APPROVED:
        raise problems.RefundAlreadyDecided
    if refund.attempt_id != order.paid_attempt_id:
        raise problems.RefundNotAllowed("多收的款项必须退回")
    await tx.refunds.move(
        refund.id,
        (RefundState.APPROVED,),
        RefundState.CLOSED,
        at,
        decision_note=note[:255],
        finished_at=at,
        next_query_at=None,
    )
    await rest(tx, order, actor, note or "退款已撤回", at)


async def renew(tx: Transaction, refund_id: int, actor: Actor, at: int) -> int:
    """Refund again, under a new number, what WeChat closed; the new refund's id.

    Raises RefundNotFound, RefundAlreadyDecided, RefundNotAllowed, RefundExceedsPaid.
    """
    order, refund = await locked(tx, refund_id)
    if refund.state != RefundState.CLOSED:
        raise problems.RefundAlreadyDecided
    existing = await tx.refunds.of_order(order.id)
    if any(other.renews_refund_id == refund.id for other in existing):
        raise problems.RefundAlreadyDecided
    known = await tx.attempts.get(refund.attempt_id)
    assert known is not None
    attempt = await tx.attempts.lock_by_number(known.out_trade_no)
    assert attempt is not None
    await _check_room(tx, attempt, refund.amount_fen, existing, at)
    pays_order = attempt.id == order.paid_attempt_id
    if pays_order and order.state != OrderState.REFUNDING:
        if not allowed(Action.ASK_REFUND, order.state):
            raise problems.RefundNotAllowed
        await begin(tx, order, actor, refund.reason, at)
    return await _add(
        tx,
        order,
        attempt,
        refund.amount_fen,
        refund.policy_fen,
        refund.reason,
        "admin" if pays_order else refund.source,
        actor.id,
        at,
        state=RefundState.APPROVED,
        decided_at=at,
        next_query_at=_turn(existing, attempt, at),
        renews_refund_id=refund.id,
    )
