"""Which messages may still come about an order, to its user or a member."""

from __future__ import annotations

from frozen_dataclasses import frozen
from orders.sharing.access import Access, Act
from orders.visits.reminders import ReminderTimes
from storage.models import Order, OrderState
from wechat.message_facts import MessageKind

_VISIT = (MessageKind.MOVED, MessageKind.REMINDER, MessageKind.STARTED, MessageKind.REPORT)
_BY_STATE: dict[OrderState, tuple[MessageKind, ...]] = {
    OrderState.UNPAID: (MessageKind.PAID, MessageKind.ESCORT, *_VISIT),
    OrderState.PAID: (MessageKind.ESCORT, *_VISIT),
    OrderState.SERVING: _VISIT,
    OrderState.FINISHED: (MessageKind.REPORT,),
    OrderState.REFUNDING: (MessageKind.REFUND,),
}
_OF_MONEY = (MessageKind.PAID, MessageKind.REFUND)
_BEFORE_THE_VISIT = (MessageKind.MOVED, MessageKind.REMINDER, MessageKind.STARTED)


@frozen()
class ExpectedMessage:
    kind: MessageKind
    due_at: int | None
    """When it is sent (ms), where that is known."""


def expected(
    access: Access, times: ReminderTimes, at: int, *, reported: bool, supplement: bool
) -> list[ExpectedMessage]:
    """What may still come, in the order in which it would. ``reported``: the report has been sent; ``supplement``: one
    is to be paid, or disputed."""
    order = access.order
    found = []
    for kind in _BY_STATE.get(OrderState(order.state), ()):
        if kind in _OF_MONEY and not access.may(Act.PAY):
            continue
        if kind in _BEFORE_THE_VISIT and order.started_at is not None:
            continue
        if kind == MessageKind.REPORT and reported:
            continue
        if kind != MessageKind.REMINDER:
            found.append(ExpectedMessage(kind, None))
        elif (due_at := _next_reminder(order, times, at)) is not None:
            found.append(ExpectedMessage(kind, due_at))
    if supplement and access.may(Act.PAY):
        found.append(ExpectedMessage(MessageKind.SUPPLEMENT, None))
    return found


def _next_reminder(order: Order, times: ReminderTimes, at: int) -> int | None:
    """When the next one is due; None when none comes any more."""
    return min((begin for begin, _ in times.windows(order).values() if begin > at), default=None)
