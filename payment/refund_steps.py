"""What every step of a refund shares: its order's way into and out of 退款中, the case, the message."""

from __future__ import annotations

import json
import logging
from typing import Any

from orders.transitions import Action, transition
from payment import problems
from payment.news import message_facts
from storage import Transaction
from storage.models import Actor, Order, OrderState, Refund, RefundState

logger = logging.getLogger("hospital.payment.refunds")

ACTIVE = (RefundState.REQUESTED, RefundState.APPROVED, RefundState.PROCESSING, RefundState.ABNORMAL)
"""A refund in one of these keeps its order in 退款中."""


async def locked(tx: Transaction, refund_id: int) -> tuple[Order, Refund]:
    """A refund under its order's lock, which is what guards it. Raises RefundNotFound."""
    known = await tx.refunds.get(refund_id)
    if known is None:
        raise problems.RefundNotFound
    order = await tx.orders.lock(known.order_id)
    refund = await tx.refunds.get(refund_id)
    assert order is not None
    assert refund is not None
    return order, refund


async def begin(tx: Transaction, order: Order, actor: Actor, reason: str, at: int) -> None:
    """The order goes to 退款中 and remembers where it was. Raises TransitionRefused."""
    await transition(
        tx, order, Action.ASK_REFUND, actor, at, reason=reason[:255], state_before_refund=order.state
    )


async def rest(tx: Transaction, order: Order, actor: Actor, reason: str, at: int) -> None:
    """A refund has ended: everything is refunded, or nothing is under way any more, or others still are."""
    if order.state != OrderState.REFUNDING:
        return
    reason = reason[:255]
    if order.refunded_fen >= order.paid_fen:
        await transition(tx, order, Action.REFUND_ALL, actor, at, reason=reason, state_before_refund="")
        await tx.escorts.release(order.id)
        return
    others = await tx.refunds.of_order(order.id)
    if any(other.state in ACTIVE and other.attempt_id == order.paid_attempt_id for other in others):
        return
    back = OrderState(order.state_before_refund)
    await transition(
        tx, order, Action.RETURN_FROM_REFUND, actor, at, to=back, reason=reason, state_before_refund=""
    )


async def open_case(tx: Transaction, kind: str, refund: Refund, detail: dict[str, Any], at: int) -> None:
    """A human must look at this refund; once per kind and number."""
    content = json.dumps({"refund_id": refund.id, **detail}, ensure_ascii=False, default=str)
    if await tx.finance.open_case(kind, refund.out_refund_no, content, at, refund.order_id):
        logger.error("%s: refund %d of order %d: case opened", kind, refund.id, refund.order_id)


async def tell(tx: Transaction, order: Order, refund: Refund, outcome: str, amount_fen: int, at: int) -> None:
    """Put the subscribe message in line."""
    payload = {**message_facts(order), "outcome": outcome, "amount_fen": amount_fen, "at": at}
    text = json.dumps(payload, ensure_ascii=False)
    await tx.outbox.add("refund", refund.out_refund_no, order.user_id, text, at)
