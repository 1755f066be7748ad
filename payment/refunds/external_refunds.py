"""A refund that was made at WeChat's merchant platform, past this system: what the books make of it."""

from __future__ import annotations

import logging
from dataclasses import replace

from orders.messages import queue_refund_outcome
from orders.paying import pay
from payment.books import ledger
from payment.evidence import Report
from payment.refunds.steps import enter_refunding, leave_refunding_if_done
from payment.wechatpay.numbers import new_out_refund_no
from storage import Transaction
from storage.models import COMMITTED_REFUNDS, Attempt, Order, OrderState, RefundState
from storage.writes import NewRefund
from wechat.message_facts import MessageOutcome

logger = logging.getLogger("hospital.payment.settlement")

CASE = "refund_made_elsewhere"
REASON = "在微信商户平台退款"


async def detect_external_refund(tx: Transaction, attempt: Attempt, report: Report) -> None:
    """REFUND without a refund of ours: money went back at WeChat's merchant platform."""
    if report.payment.trade_state != "REFUND":
        return
    refunds = await tx.refunds.of_order(attempt.order_id)
    if any(refund.attempt_id == attempt.id and refund.state in COMMITTED_REFUNDS for refund in refunds):
        return
    detail = report.evidence({"trade_state": ("SUCCESS", "REFUND")})
    if await tx.finance.open_case(CASE, attempt.out_trade_no, detail, report.at, attempt.order_id):
        logger.error("attempt %d was refunded at WeChat, and not by this system: case opened", attempt.id)


async def book_external_refund(tx: Transaction, order: Order, attempt: Attempt, report: Report) -> None:
    """The first report of a payment says REFUND: its money has come and is on its way back, so nothing is served for
    it and nothing more is sent back. WeChat's object does not say how much went back, nor when; all of it, and now,
    keeps an escort from going there. The case asks a human to look at the sum.

    ``attempt`` is booked as paid already. A refund row without ``submitted_at`` is not looked for in bills: its
    number is ours, and the one at WeChat is another.
    """
    at = report.at
    await tx.own_orders.set_hidden(order.id, None)  # there is money to read about
    refund_id = await tx.refunds.add(
        NewRefund(
            order_id=order.id,
            attempt_id=attempt.id,
            out_refund_no=new_out_refund_no(at),
            state=RefundState.SUCCEEDED,
            amount_fen=attempt.amount_fen,
            policy_fen=attempt.amount_fen,
            reason=REASON,
            source="system",
            decided_at=at,
            finished_at=at,
        ),
        at,
    )
    refund = await tx.refunds.get(refund_id)
    assert refund is not None
    await ledger.book_refund(tx, refund, at, at)
    if order.state == OrderState.UNPAID and attempt.amount_fen == order.price_fen:
        await _end_refunded_order(tx, order, attempt, report)
    detail = report.evidence({}, booked="refunded", amount_fen=attempt.amount_fen)
    await tx.finance.open_case(CASE, attempt.out_trade_no, detail, at, order.id)
    await queue_refund_outcome(tx, order, refund, MessageOutcome.REFUNDED, at)
    logger.error("attempt %d was refunded at WeChat before it was booked: case opened", attempt.id)


async def _end_refunded_order(tx: Transaction, order: Order, attempt: Attempt, report: Report) -> None:
    """Every step that a paid and refunded order takes, at once."""
    await pay(tx, order, attempt.id, attempt.amount_fen, report.paid_at, report.cause)
    cause = replace(report.cause, reason=REASON)
    await enter_refunding(tx, await _reload(tx, order), cause)
    await tx.orders.add_refunded(order.id, attempt.amount_fen, report.at)
    await leave_refunding_if_done(tx, await _reload(tx, order), cause)


async def _reload(tx: Transaction, order: Order) -> Order:
    fresh = await tx.orders.get(order.id)
    assert fresh is not None
    return fresh
