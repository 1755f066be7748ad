"""What every step of a refund shares: the lock, its order's way into and out of 退款中, and the case."""

from __future__ import annotations

import json
import logging
from typing import Any

from frozen_dataclasses import frozen
from orders.ending import end_visit
from orders.escorts.open_invitations import withdraw_open
from orders.transitions import Action, transition
from payment import payables, problems
from payment.payables import Payable
from payment.refunds.amount_checks import DecisionChecks
from storage import Transaction
from storage.models import ACTIVE_REFUNDS, Cause, Ending, Order, OrderState, Refund, RefundState
from storage.writes import OrderMove

logger = logging.getLogger("hospital.payment.refunds")


@frozen()
class Decision:
    """An administrator's decision about money. ``checks``: what the page that it was made on has to agree with; None
    where there was no page."""

    cause: Cause
    checks: DecisionChecks | None = None

    @property
    def seen(self) -> str | None:
        """The fingerprint of what the page showed."""
        return self.checks.fingerprint if self.checks else None


async def lock_refund(tx: Transaction, refund_id: int) -> tuple[Payable, Refund]:
    """A refund, under its order's lock, which is what guards it, and what was paid by its money, or was to be. Raises
    RefundNotFound."""
    known = await tx.refunds.get(refund_id)
    if known is None:
        raise problems.RefundNotFound
    order = await tx.orders.lock(known.order_id)
    refund = await tx.refunds.get(refund_id)
    attempt = await tx.attempts.get(known.attempt_id)
    assert order is not None
    assert refund is not None
    assert attempt is not None
    return await payables.load(tx, order, attempt.supplement_id), refund


async def enter_refunding(tx: Transaction, order: Order, cause: Cause) -> None:
    """The order goes to 退款中 and remembers where it was; nobody accepts it meanwhile. Raises TransitionRefused."""
    await transition(tx, order, Action.ASK_REFUND, cause, OrderMove(state_before_refund=order.state))
    await withdraw_open(tx, order, "订单申请退款", cause.at)


async def leave_refunding_if_done(tx: Transaction, payable: Payable, cause: Cause) -> None:
    """A refund has ended: everything is refunded, or nothing is under way any more, or others still are.

    An order that was cancelled never goes back to where it was. Refunds of a supplement move no order.
    """
    if payable.supplement is not None:
        return
    order = payable.order
    if order.state not in (OrderState.REFUNDING, OrderState.CANCELLED) or order.paid_attempt_id is None:
        return
    if order.refunded_fen >= order.paid_fen:
        ending = order.ending or await _ending_of_full_refund(tx, order)
        changes = OrderMove(state_before_refund="", ending=ending)
        await transition(tx, order, Action.REFUND_ALL, cause, changes)
        await end_visit(tx, order, cause.at)
        return
    if order.state == OrderState.CANCELLED:
        return
    others = await tx.refunds.of_order(order.id)
    if any(other.state in ACTIVE_REFUNDS and payable.is_paid_by(other.attempt_id) for other in others):
        return
    if order.ending not in ("", Ending.SERVED):
        # Everything was to go back, and WeChat did not do it: the visit does not take place all the same.
        await transition(tx, order, Action.CANCEL, cause, OrderMove(state_before_refund=""))
        return
    back = OrderState(order.state_before_refund)
    await transition(tx, order, Action.RETURN_FROM_REFUND, cause, OrderMove(state_before_refund=""), to=back)


async def _ending_of_full_refund(tx: Transaction, order: Order) -> Ending:
    """Everything went back and the order was not cancelled: whether the user or the company wanted that."""
    refunds = await tx.refunds.of_order(order.id)
    asked = any(
        each.source == "user"
        and each.state == RefundState.SUCCEEDED
        and each.attempt_id == order.paid_attempt_id
        for each in refunds
    )
    return Ending.CANCELLED_BY_USER if asked else Ending.CANCELLED_BY_COMPANY


async def open_case(tx: Transaction, kind: str, refund: Refund, detail: dict[str, Any], at: int) -> None:
    """A human must look at this refund; once per kind and number."""
    content = json.dumps({"refund_id": refund.id, **detail}, ensure_ascii=False, default=str)
    if await tx.finance.open_case(kind, refund.out_refund_no, content, at, refund.order_id):
        logger.error("%s: refund %d of order %d: case opened", kind, refund.id, refund.order_id)
