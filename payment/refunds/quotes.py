"""What a user would get back now, and what may be asked for: 取消订单 or 仅退款.

Source: docs/payment.md, "Cancelling is not refunding".
"""

from __future__ import annotations

from clock import shanghai_date
from frozen_dataclasses import frozen
from orders.transitions import Action, allowed
from orders.visit_time import refunds_count_from
from payment.payables import Payable
from payment.refunds.policy import PolicyRefund, RefundPolicy
from storage.models import (
    ORDERS_TO_SERVE,
    RESERVING_REFUNDS,
    Order,
    OrderState,
    Refund,
    RefundKind,
    RefundState,
)


@frozen()
class Quote:
    """What a cancellation would give back now: ``amount_fen`` is what ``percent`` of the payment leaves beyond what was
    refunded or promised already, by ``rule``; ``remaining_fen`` is all that is neither."""

    amount_fen: int
    percent: int
    rule: str
    remaining_fen: int


SUPPLEMENT_RULE = "补款退多少，由客服核对后决定"
"""No tier gives a supplement back: it is no part of what a cancellation refunds."""


def quote(payable: Payable, refunds: list[Refund], policy: RefundPolicy, at: int) -> Quote:
    """By the configured policy. ``refunds``: all of the order.

    The percentage is of the whole payment: asking again and again never adds up to more than asking once. Only what was
    promised of the payment that paid the payable counts: surplus money goes back besides.
    """
    promised = sum(
        refund.amount_fen
        for refund in refunds
        if payable.is_paid_by(refund.attempt_id) and refund.state in RESERVING_REFUNDS
    )
    remaining = max(payable.paid_fen - promised, 0)
    if payable.supplement is not None:
        return Quote(0, 0, SUPPLEMENT_RULE, remaining)
    order = payable.order
    found = _by_policy(order, policy, at)
    if not allowed(Action.ASK_REFUND, order.state) or remaining == 0:
        return Quote(0, 0, found.rule, remaining)
    return Quote(max(found.amount_fen - promised, 0), found.percent, found.rule, remaining)


def quote_percent(order: Order, policy: RefundPolicy, at: int) -> int:
    """What part of the payment a cancellation would give back now, whatever was refunded or promised already."""
    return _by_policy(order, policy, at).percent


def _by_policy(order: Order, policy: RefundPolicy, at: int) -> PolicyRefund:
    return policy.refund_at(
        order.paid_fen,
        refunds_count_from(order),
        at,
        paid_at=order.paid_at,
        assigned=order.escort_id is not None or order.state == OrderState.FINISHED,
        max_percent=order.max_refund_percent,
    )


def undecided(payable: Payable, refunds: list[Refund]) -> list[Refund]:
    """The requests about its money that wait for a decision. ``refunds``: all of the order."""
    return [
        refund
        for refund in refunds
        if refund.state == RefundState.REQUESTED and payable.is_paid_by(refund.attempt_id)
    ]


def may_cancel(order: Order, at: int) -> bool:
    """May the user ask for 取消订单 now? Until the end of the visit's day: who has not come by its hour still can."""
    return order.state in ORDERS_TO_SERVE and shanghai_date(at) <= order.visit_date


def default_kind(order: Order, at: int) -> RefundKind:
    """What a request means that does not say it, as released clients send it: before the visit the service is not
    wanted; afterwards it is about money alone."""
    return RefundKind.CANCEL if may_cancel(order, at) else RefundKind.MONEY_BACK
