"""What is to be done with a shipment now, decided under its order's lock."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from enum import Enum, auto

from clock import MINUTE, shanghai
from frozen_dataclasses import frozen
from storage import Transaction
from storage.locked_rows import must_have_changed
from storage.models import (
    ORDERS_TO_SERVE,
    RESERVING_REFUNDS,
    Attempt,
    Ending,
    Order,
    OrderState,
    RefundState,
    Shipment,
    ShipmentState,
)
from storage.writes import NewShipment, ShipmentMove
from wechat.shipping import PRESALE_FROM_DAYS

REFUND_PAUSE = 10 * MINUTE
"""How long to wait for a refund of everything, which may still fail."""


class Act(Enum):
    NOTHING = auto()
    REPORT = auto()
    DECLARE = auto()
    FOLLOW = auto()


@frozen()
class Task:
    """A shipment with what it is about, and what is to be done."""

    shipment: Shipment
    attempt: Attempt
    order: Order
    act: Act


def new_shipment(attempt: Attempt) -> NewShipment:
    assert attempt.paid_at is not None
    paid = shanghai(attempt.paid_at) + timedelta(days=PRESALE_FROM_DAYS)
    return NewShipment(attempt.id, attempt.order_id, attempt.paid_at, paid.strftime("%Y-%m-%d"))


async def decide(tx: Transaction, shipment_id: int, at: int) -> Task:
    """Look at the locked order, and bring the shipment to the state in which it is due for ``act``."""
    found = await tx.shipments.get(shipment_id)
    assert found is not None
    order = await tx.orders.lock(found.order_id)
    shipment = await tx.shipments.lock(shipment_id)
    attempt = await tx.attempts.get(found.attempt_id)
    assert order is not None
    assert shipment is not None
    assert attempt is not None
    if shipment.state == ShipmentState.SHIPPED:
        return Task(shipment, attempt, order, Act.FOLLOW)
    act, move = await _unshipped(tx, shipment, attempt, order, at)
    if move is not None:
        must_have_changed(await tx.shipments.move(shipment.id, (shipment.state,), move, at))
        shipment = replace(shipment, state=move.state) if isinstance(move.state, str) else shipment
    return Task(shipment, attempt, order, act)


async def _unshipped(
    tx: Transaction, shipment: Shipment, attempt: Attempt, order: Order, at: int
) -> tuple[Act, ShipmentMove | None]:
    refunds = [each for each in await tx.refunds.of_order(order.id) if each.attempt_id == attempt.id]
    gone = sum(each.amount_fen for each in refunds if each.state == RefundState.SUCCEEDED)
    promised = sum(each.amount_fen for each in refunds if each.state in RESERVING_REFUNDS)
    if gone >= attempt.amount_fen:
        return Act.NOTHING, _released(state=ShipmentState.REFUNDED, next_at=None)
    if promised >= attempt.amount_fen:
        return Act.NOTHING, _released(next_at=at + REFUND_PAUSE)
    if shipment.state in (ShipmentState.FAILED, ShipmentState.WITHHELD):
        return Act.FOLLOW, None
    if is_served(order) or shipment.by_hand:
        return Act.REPORT, ShipmentMove(state=ShipmentState.PENDING)
    if order.ending or order.state not in (*ORDERS_TO_SERVE, OrderState.REFUNDING):
        return Act.FOLLOW, ShipmentMove(state=ShipmentState.WITHHELD)
    if order.state in ORDERS_TO_SERVE and to_declare(shipment, order):
        return Act.DECLARE, ShipmentMove(state=ShipmentState.WAITING)
    return Act.NOTHING, _released(state=ShipmentState.WAITING, next_at=None)


def _released(**changes: object) -> ShipmentMove:
    return ShipmentMove(claimed_until=0, **changes)  # type: ignore[arg-type]


def is_served(order: Order) -> bool:
    """Was the service given? Orders of old have no ending."""
    return order.ending == Ending.SERVED or (not order.ending and order.state == OrderState.FINISHED)


def to_declare(shipment: Shipment, order: Order) -> bool:
    """Is the visit so late that WeChat is to be told, and was it not told of this day?"""
    return shipment.declare_after_date < order.visit_date != shipment.declared_date
