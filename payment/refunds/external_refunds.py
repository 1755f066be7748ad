"""A refund that somebody made at WeChat's merchant platform, past this system: what the books make of it."""

from __future__ import annotations

import logging

from orders.messages import queue_refund_outcome
from orders.transitions import Action, transition
from payment import ledger
from payment.evidence import SOURCE_TEXT, Source, actor_of, evidence
from payment.refunds.steps import enter_refunding, leave_refunding_if_done
from payment.wechatpay.numbers import new_out_refund_no
from payment.wechatpay.results import Transaction as WeChatPayment
from storage import Transaction
from storage.models import COMMITTED_REFUNDS, Attempt, Cause, Order, OrderState, RefundState
from storage.writes import NewRefund, OrderMove
from wechat.message_facts import MessageOutcome

logger = logging.getLogger("hospital.payment.settlement")

CASE = "refund_made_elsewhere"
REASON = "在微信商户平台退款"


async def detect_external_refund(
    tx: Transaction, attempt: Attempt, payment: WeChatPayment, source: Source, at: int
) -> None:
    """REFUND without a refund of ours: somebody refunded at WeChat's merchant platform."""
    if payment.trade_state != "REFUND":
        return
    refunds = await tx.refunds.of_order(attempt.order_id)
    if any(refund.attempt_id == attempt.id and refund.state in COMMITTED_REFUNDS for refund in refunds):
        return
    detail = evidence({"trade_state": ("SUCCESS", "REFUND")}, payment, source)
    if await tx.finance.open_case(CASE, attempt.out_trade_no, detail, at, attempt.order_id):
        logger.error("attempt %d was refunded at WeChat by somebody else: case opened", attempt.id)


async def book_external_refund(
    tx: Transaction, order: Order, attempt: Attempt, payment: WeChatPayment, source: Source, at: int
) -> None:
    """The first report of a payment says REFUND: its money has come and is on its way back, so nothing is served for
    it and nothing more is sent back. WeChat's object does not say how much went back, nor when; all of it, and now,
    keeps an escort from going there. The case asks a human to look at the sum.

    ``attempt`` is booked as paid already. A refund row without ``submitted_at`` is not looked for in bills: its
    number is ours, and the one at WeChat is somebody else's.
    """
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
            actor_id=None,
            decided_at=at,
            finished_at=at,
        ),
        at,
    )
    refund = await tx.refunds.get(refund_id)
    assert refund is not None
    await ledger.book_refund(tx, refund, at, at)
    if order.state == OrderState.UNPAID and attempt.amount_fen == order.price_fen:
        await _end_refunded_order(tx, order, attempt, payment, source, at)
    detail = evidence({}, payment, source, booked="refunded", amount_fen=attempt.amount_fen)
    await tx.finance.open_case(CASE, attempt.out_trade_no, detail, at, order.id)
    await queue_refund_outcome(tx, order, refund, MessageOutcome.REFUNDED, at)
    logger.error("attempt %d was refunded at WeChat before it was booked: case opened", attempt.id)


async def _end_refunded_order(
    tx: Transaction, order: Order, attempt: Attempt, payment: WeChatPayment, source: Source, at: int
) -> None:
    """Every step that a paid and refunded order takes, at once."""
    actor = actor_of(source)
    paid_at = payment.success_at if payment.success_at is not None else at
    await transition(
        tx,
        order,
        Action.PAY,
        Cause(actor, at, SOURCE_TEXT[source]),
        OrderMove(paid_at=paid_at, paid_fen=attempt.amount_fen, paid_attempt_id=attempt.id),
    )
    await enter_refunding(tx, await _reload(tx, order), Cause(actor, at, REASON))
    await tx.orders.add_refunded(order.id, attempt.amount_fen, at)
    await leave_refunding_if_done(tx, await _reload(tx, order), Cause(actor, at, REASON))


async def _reload(tx: Transaction, order: Order) -> Order:
    fresh = await tx.orders.get(order.id)
    assert fresh is not None
    return fresh
