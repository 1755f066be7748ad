"""The one function in which every road ends: notification, query by the sweeper, query on opening, bill.

:func:`apply_transaction` works inside the caller's transaction, and repeating it changes nothing. Rows are locked
in the order that the whole module keeps (see `service`): the order, then the attempt, then a refund.
"""

from __future__ import annotations

import json
import logging
from enum import StrEnum
from typing import Any

from orders.transitions import Action, transition
from payment import ledger
from payment.numbers import new_out_refund_no
from payment.results import Transaction as WeChatPayment
from storage import Transaction
from storage.models import (
    PAYMENT_MISMATCH,
    SYSTEM,
    WECHAT,
    Actor,
    Attempt,
    AttemptState,
    Order,
    OrderState,
    RefundState,
)

logger = logging.getLogger("hospital.payment.settlement")

TRADE_TYPE = "JSAPI"
UNFINISHED = (AttemptState.CREATED, AttemptState.UNKNOWN, AttemptState.PREPAID)
"""States in which an attempt may still be paid or closed."""
BOOKABLE = (*UNFINISHED, AttemptState.CLOSED)
"""States from which money moves an attempt on: money outranks a close."""
_DEAD_STATES = {"CLOSED", "REVOKED", "PAYERROR"}
MADE_AT_WECHAT = (
    RefundState.APPROVED,
    RefundState.PROCESSING,
    RefundState.SUCCEEDED,
    RefundState.ABNORMAL,
    RefundState.CLOSED,
)


class Source(StrEnum):
    """By which road the news came."""

    NOTIFICATION = "notification"
    QUERY = "query"
    BILL = "bill"


SOURCE_TEXT = {
    Source.NOTIFICATION: "微信支付通知",
    Source.QUERY: "查询微信支付",
    Source.BILL: "微信支付对账单",
}


class Settled(StrEnum):
    """What came of it."""

    PAID = "paid"
    """The order is paid by this money, as of now."""
    SURPLUS = "surplus"
    """The money is booked, and a refund of all of it is on its way."""
    ALREADY = "already"
    """It was booked before; nothing changed."""
    MISMATCH = "mismatch"
    """It does not agree with what was asked for: a human must look at it."""
    CLOSED = "closed"
    """WeChat confirms that nobody can pay this attempt any more."""
    PENDING = "pending"
    """Nothing final yet."""
    UNKNOWN = "unknown_number"
    """We never gave out this number: a human must look at it."""


def actor_of(source: Source) -> Actor:
    return WECHAT if source == Source.NOTIFICATION else SYSTEM


async def apply_transaction(
    tx: Transaction, payment: WeChatPayment, source: Source, at: int, *, reviewed: bool = False
) -> Settled:
    """Settle what WeChat says about a payment; the caller commits.

    Fulfils only when number, amount, currency, appid, mchid, openid, trade type and state agree with what was
    stored. ``reviewed``: an administrator asked WeChat again about a mismatch, which may then become a payment.
    """
    known = await tx.attempts.by_number(payment.out_trade_no)
    if known is None:
        return await _unknown_number(tx, payment, source, at)
    order = await tx.orders.lock(known.order_id)
    attempt = await tx.attempts.lock_by_number(payment.out_trade_no)
    assert order is not None  # neither is ever deleted
    assert attempt is not None
    if payment.is_paid:
        return await _money_came(tx, order, attempt, payment, source, at, reviewed)
    if payment.trade_state in _DEAD_STATES:
        return await _confirm_closed(tx, attempt, at)
    return Settled.PENDING if attempt.state in UNFINISHED else Settled.ALREADY


async def _confirm_closed(tx: Transaction, attempt: Attempt, at: int) -> Settled:
    if attempt.state == AttemptState.CLOSED or await tx.attempts.move(
        attempt.id, UNFINISHED, AttemptState.CLOSED, at
    ):
        return Settled.CLOSED
    return Settled.ALREADY  # a late CLOSED never takes money back


async def _unknown_number(tx: Transaction, payment: WeChatPayment, source: Source, at: int) -> Settled:
    """Attempts are committed before WeChat hears of them, so a number that is not here is not ours."""
    if payment.is_paid:
        opened = await tx.finance.open_case(
            "payment_unknown", payment.out_trade_no, evidence({}, payment, source), at
        )
        if opened:
            logger.error("money for an unknown payment number was reported by %s: case opened", source)
    return Settled.UNKNOWN


async def _money_came(
    tx: Transaction,
    order: Order,
    attempt: Attempt,
    payment: WeChatPayment,
    source: Source,
    at: int,
    reviewed: bool,
) -> Settled:
    differs = differences(attempt, payment)
    if attempt.state == AttemptState.PAID:
        await _look_at_repetition(tx, attempt, payment, differs, source, at)
        return Settled.ALREADY
    if attempt.state == AttemptState.MISMATCH and not reviewed:
        return Settled.ALREADY
    holder = await tx.attempts.by_transaction(payment.transaction_id or "")
    if holder is not None and holder.id != attempt.id:
        differs["transaction_id"] = (None, payment.transaction_id)
    if differs:
        return await _mark_mismatch(tx, attempt, payment, differs, source, at)
    return await _book(tx, order, attempt, payment, source, at)


def differences(attempt: Attempt, payment: WeChatPayment) -> dict[str, tuple[Any, Any]]:
    """The facts in which WeChat's payment is not the one that was asked for: name to (stored, reported)."""
    pairs = {
        "out_trade_no": (attempt.out_trade_no, payment.out_trade_no),
        "amount": (attempt.amount_fen, payment.total_fen),
        "currency": (attempt.currency, payment.currency),
        "appid": (attempt.appid, payment.appid),
        "mchid": (attempt.mchid, payment.mchid),
        "openid": (attempt.openid, payment.openid),
        "trade_type": (TRADE_TYPE, payment.trade_type),
    }
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


async def _mark_mismatch(
    tx: Transaction,
    attempt: Attempt,
    payment: WeChatPayment,
    differs: dict[str, tuple[Any, Any]],
    source: Source,
    at: int,
) -> Settled:
    """Keep the evidence, alarm, and fulfil nothing. The attempt stays the order's open one until it is reviewed."""
    names = ", ".join(sorted(differs))
    await tx.attempts.move(
        attempt.id, BOOKABLE, AttemptState.MISMATCH, at, next_query_at=None, last_error=f"mismatch: {names}"
    )
    await tx.finance.open_case(
        PAYMENT_MISMATCH, attempt.out_trade_no, evidence(differs, payment, source), at, attempt.order_id
    )
    logger.error(
        "payment mismatch: attempt %d of order %d differs in %s", attempt.id, attempt.order_id, names
    )
    return Settled.MISMATCH


async def _look_at_repetition(
    tx: Transaction,
    attempt: Attempt,
    payment: WeChatPayment,
    differs: dict[str, tuple[Any, Any]],
    source: Source,
    at: int,
) -> None:
    """The money is booked already; say so to a human if WeChat now tells another story about it."""
    if attempt.transaction_id != payment.transaction_id:
        differs["transaction_id"] = (attempt.transaction_id, payment.transaction_id)
    if differs:
        detail = evidence(differs, payment, source)
        if await tx.finance.open_case(
            "payment_contradicted", attempt.out_trade_no, detail, at, attempt.order_id
        ):
            logger.error("attempt %d is paid, and %s now differs", attempt.id, ", ".join(sorted(differs)))
    await _look_for_foreign_refund(tx, attempt, payment, source, at)


async def _look_for_foreign_refund(
    tx: Transaction, attempt: Attempt, payment: WeChatPayment, source: Source, at: int
) -> None:
    """REFUND without a refund of ours: somebody refunded at WeChat's merchant platform."""
    if payment.trade_state != "REFUND":
        return
    refunds = await tx.refunds.of_order(attempt.order_id)
    if any(refund.attempt_id == attempt.id and refund.state in MADE_AT_WECHAT for refund in refunds):
        return
    detail = evidence({"trade_state": ("SUCCESS", "REFUND")}, payment, source)
    if await tx.finance.open_case(
        "refund_made_elsewhere", attempt.out_trade_no, detail, at, attempt.order_id
    ):
        logger.error("attempt %d was refunded at WeChat by somebody else: case opened", attempt.id)


async def _book(
    tx: Transaction, order: Order, attempt: Attempt, payment: WeChatPayment, source: Source, at: int
) -> Settled:
    """The money is ours: book it, then let it pay the order or go back."""
    paid_at = payment.success_at if payment.success_at is not None else at
    moved = await tx.attempts.move(
        attempt.id,
        (*BOOKABLE, AttemptState.MISMATCH),
        AttemptState.PAID,
        at,
        transaction_id=payment.transaction_id,
        paid_at=paid_at,
        last_error="",
    )
    assert moved  # the row is locked, and its state was read under the lock
    await _look_for_foreign_refund(tx, attempt, payment, source, at)
    await ledger.book_payment(tx, attempt, paid_at, at)
    if order.state == OrderState.UNPAID and attempt.amount_fen == order.price_fen:
        await _fulfil(tx, order, attempt, paid_at, source, at)
        return Settled.PAID
    await _send_back(tx, order, attempt, at)
    return Settled.SURPLUS


async def _fulfil(
    tx: Transaction, order: Order, attempt: Attempt, paid_at: int, source: Source, at: int
) -> None:
    await transition(
        tx,
        order,
        Action.PAY,
        actor_of(source),
        at,
        reason=SOURCE_TEXT[source],
        paid_at=paid_at,
        paid_fen=attempt.amount_fen,
        paid_attempt_id=attempt.id,
    )
    other = await tx.attempts.open_of_order(order.id)
    if other is not None:  # a second way to pay is still open: the sweeper closes it at once
        await tx.attempts.hurry(other.id, at)
    payload = {**message_facts(order), "amount_fen": attempt.amount_fen, "at": paid_at}
    await tx.outbox.add(
        "paid", attempt.out_trade_no, order.user_id, json.dumps(payload, ensure_ascii=False), at
    )
    logger.info("order %d is paid by attempt %d (%s)", order.id, attempt.id, source)


async def _send_back(tx: Transaction, order: Order, attempt: Attempt, at: int) -> None:
    """Money that the order has no use for goes back: number and amount are committed here, the sweeper sends it."""
    reason = {
        OrderState.CANCELLED: "订单已取消，自动退款",
        OrderState.UNPAID: "订单金额已变更，自动退款",
    }.get(OrderState(order.state), "重复支付，自动退款")
    await tx.refunds.add(
        {
            "order_id": order.id,
            "attempt_id": attempt.id,
            "out_refund_no": new_out_refund_no(at),
            "state": RefundState.APPROVED,
            "amount_fen": attempt.amount_fen,
            "policy_fen": attempt.amount_fen,
            "reason": reason,
            "source": "system",
            "actor_id": None,
            "decided_at": at,
            "next_query_at": at,
        },
        at,
    )
    logger.warning("attempt %d brought surplus money for order %d: refund created", attempt.id, order.id)


def message_facts(order: Order) -> dict[str, Any]:
    """What a subscribe message may say about an order: nothing personal."""
    return {
        "order_id": order.id,
        "service_name": order.service_name,
        "service_unit": order.service_unit,
        "hospital_name": order.hospital_name,
        "visit_date": order.visit_date,
    }


def evidence(differs: dict[str, tuple[Any, Any]], payment: WeChatPayment, source: Source) -> str:
    """The detail of a case, as JSON: what differs, and WeChat's whole object."""
    compared = {name: {"expected": expected, "found": found} for name, (expected, found) in differs.items()}
    content = {"source": source, "differs": compared, "wechat": dict(payment.raw)}
    return json.dumps(content, ensure_ascii=False, default=str)
