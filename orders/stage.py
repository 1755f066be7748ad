"""Where an order is, by the calendar: what people read, while the state stays what ``orders.transitions`` says."""

from __future__ import annotations

from enum import StrEnum

from clock import shanghai_date
from storage.models import Order, OrderState


class Stage(StrEnum):
    """The words for people are in ``schemas.wire.STAGE``."""

    UNPAID = "unpaid"
    UNASSIGNED = "unassigned"
    ASSIGNED = "assigned"
    TODAY = "today"
    UNDER_WAY = "under_way"
    FINISHED = "finished"
    REFUNDING = "refunding"
    REFUNDED = "refunded"
    CANCELLED = "cancelled"


_BY_STATE = {
    OrderState.UNPAID: Stage.UNPAID,
    OrderState.PAID: Stage.UNASSIGNED,
    OrderState.FINISHED: Stage.FINISHED,
    OrderState.REFUNDING: Stage.REFUNDING,
    OrderState.REFUNDED: Stage.REFUNDED,
    OrderState.CANCELLED: Stage.CANCELLED,
}


def stage_of(order: Order, at: int) -> Stage:
    """The order's stage at ``at`` (ms). A visit that nobody marked as begun or finished counts as under way once its
    day is over: it waits for its end, not for its beginning."""
    if order.state != OrderState.SERVING:
        return _BY_STATE[OrderState(order.state)]
    today = shanghai_date(at)
    if order.started_at is not None or order.visit_date < today:
        return Stage.UNDER_WAY
    return Stage.TODAY if order.visit_date == today else Stage.ASSIGNED
