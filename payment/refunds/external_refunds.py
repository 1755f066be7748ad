"""A refund that was made at WeChat's merchant platform, past this system: what the books make of it."""

from __future__ import annotations

import logging
from dataclasses import replace

from orders.messages import queue_refund_outcome
from payment import payables
from payment.books import ledger
from payment.evidence import Report
from payment.invoicing.issuing import after_refund
from payment.payables import Payable
from payment.refunds.steps import enter_refunding, leave_refunding_if_done
from payment.wechatpay.numbers import new_out_refund_no
from storage import Transaction
from storage.models import COMMITTED_REFUNDS, Attempt, RefundState
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


async def book_external_refund(tx: Transaction, payable: Payable, attempt: Attempt, report: Report) -> None:
    """The first report of a payment says REFUND: its money has come and is on its way back, so nothing is served for
    it and nothing more is sent back. WeChat's object does not say how much went back, nor when; all of it, and now,
    keeps an escort from going there. The case asks a human to look at the sum.

    ``attempt`` is booked as paid already. A refund row without ``submitted_at`` is not looked for in bills: its
    number is ours, and the one at WeChat is another.
    """
    order, at = payable.order, report.at
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
    if payable.wanted and attempt.amount_fen == payable.amount_fen:
        await _pay_and_refund(tx, payable, attempt, report)
    detail = report.evidence({}, booked="refunded", amount_fen=attempt.amount_fen)
    await tx.finance.open_case(CASE, attempt.out_trade_no, detail, at, order.id)
    await queue_refund_outcome(tx, order, refund, MessageOutcome.REFUNDED, at)
    logger.error("attempt %d was refunded at WeChat before it was booked: case opened", attempt.id)


async def _pay_and_refund(tx: Transaction, payable: Payable, attempt: Attempt, report: Report) -> None:
    """Every step that a paid and refunded order or supplement takes, at once."""
    await payables.fulfil(tx, payable, attempt, report.paid_at, report.cause)
    cause = replace(report.cause, reason=REASON)
    if payable.supplement is None:
        await enter_refunding(tx, (await payables.reload(tx, payable)).order, cause)
    await payables.add_refunded(tx, payable, attempt.amount_fen, report.at)
    await after_refund(tx, payable.order.id, report.at)
    await leave_refunding_if_done(tx, await payables.reload(tx, payable), cause)
