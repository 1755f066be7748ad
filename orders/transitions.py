"""The arrows between the states of an order, in one table. There is no other way to change a state.

Each arrow is one conditional update with a history row in the same transaction; whatever is not in the table
is refused and changes nothing.
"""

from __future__ import annotations

from enum import StrEnum

from orders.escorts import records
from storage import Transaction
from storage.models import Cause, Order, OrderState
from storage.writes import OrderMove

UNPAID, PAID, SERVING = OrderState.UNPAID, OrderState.PAID, OrderState.SERVING
FINISHED, REFUNDING, REFUNDED = OrderState.FINISHED, OrderState.REFUNDING, OrderState.REFUNDED
CANCELLED = OrderState.CANCELLED


class Action(StrEnum):
    PAY = "pay"
    DELETE = "delete"
    EXPIRE = "expire"
    ASSIGN = "assign"
    UNASSIGN = "unassign"
    FINISH = "finish"
    REOPEN = "reopen"
    ASK_REFUND = "ask_refund"
    RETURN_FROM_REFUND = "return_from_refund"
    CANCEL = "cancel"
    REFUND_ALL = "refund_all"
    REVERSE_PAYMENT = "reverse_payment"
    """The receipt of money outside of WeChat that paid it was a mistake (``payment.offline``)."""


ARROWS: dict[Action, dict[OrderState, tuple[OrderState, ...]]] = {
    Action.PAY: {UNPAID: (PAID,)},
    Action.DELETE: {UNPAID: (CANCELLED,)},
    Action.EXPIRE: {UNPAID: (CANCELLED,)},
    Action.ASSIGN: {PAID: (SERVING,)},
    Action.UNASSIGN: {SERVING: (PAID,)},
    Action.FINISH: {PAID: (FINISHED,), SERVING: (FINISHED,)},
    Action.REOPEN: {FINISHED: (PAID, SERVING)},
    Action.ASK_REFUND: {PAID: (REFUNDING,), SERVING: (REFUNDING,), FINISHED: (REFUNDING,)},
    Action.RETURN_FROM_REFUND: {REFUNDING: (PAID, SERVING, FINISHED)},
    Action.CANCEL: {REFUNDING: (CANCELLED,)},
    Action.REFUND_ALL: {REFUNDING: (REFUNDED,), CANCELLED: (REFUNDED,)},
    Action.REVERSE_PAYMENT: {PAID: (UNPAID,)},
}


class TransitionRefused(Exception):
    """The order's state does not allow this action; nothing was changed."""

    def __init__(self, action: Action, state: str) -> None:
        super().__init__(f"an order that is {state} cannot {action}")
        self.action = action
        self.state = state


def allowed(action: Action, state: str) -> bool:
    """May this action be taken on an order in this state?"""
    return OrderState(state) in ARROWS[action]


async def transition(
    tx: Transaction,
    order: Order,
    action: Action,
    cause: Cause,
    changes: OrderMove = OrderMove(),
    *,
    to: OrderState | None = None,
) -> OrderState:
    """Take the arrow ``action`` from the order's state; the new state.

    ``order`` is the locked row, as it was read in this transaction; ``changes`` are further columns that the same
    update sets; ``to`` chooses where an action has several ends. Raises TransitionRefused when the table has no such
    arrow, or when the row is no longer in the state that was read.
    """
    ends = ARROWS[action].get(OrderState(order.state), ())
    target = to if to is not None else (ends[0] if ends else None)
    if target is None or target not in ends:
        raise TransitionRefused(action, order.state)
    if not await tx.orders.move(order.id, order.state, target, cause, changes):
        raise TransitionRefused(action, order.state)
    await records.count_move(tx, order, target)
    if target == FINISHED:
        await tx.escort_pay.expect_pay(order.id)
    return target
