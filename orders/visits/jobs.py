"""May an escort record something about an order now? One answer for steps, photos, trouble and the report.

An escort who was taken off an order keeps what was pressed before that, also when the phone had no network and sends it
later; what was pressed afterwards is refused for good, so that the phone can drop it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

from accounts import consents
from accounts.consents import ConsentMissing
from clock import DAY
from frozen_dataclasses import frozen
from refusals import Forbidden, OrderNotFound, Refused
from storage import Duplicate, Reader, Storage, Transaction
from storage.models import UNSERVED, EscortState, Order, OrderState, OrderStep

Result = TypeVar("Result")
LATE_ARRIVAL = 7 * DAY
"""So long after it was pressed a phone may still send what was pressed in time."""


class TakenOff(Refused):
    """Pressed after the order had been given to another escort."""

    slug = "taken_off"
    message = "这个订单已经不由您服务了，改派之后的操作没有记录；之前记录的都还在"


class VisitOver(Refused):
    """The order has been cancelled or refunded."""

    slug = "visit_over"
    message = "这个订单已经取消，不能再记录"


class EscortSuspended(Forbidden):
    """The office gives this escort no orders any more."""

    slug = "escort_suspended"
    message = "您的陪诊员资格已停用，请联系客服"


class ActionReused(Refused):
    """An action's id belongs to something else already."""

    slug = "action_reused"
    message = "这次操作的编号已经用过，请重新操作一次"


@frozen()
class Job:
    """An order that its escort may record something about, locked."""

    order: Order
    consented: bool
    """May notes, photos and a report be recorded?"""
    current: bool
    """False for an escort who has been taken off it: what they send now was pressed before."""

    def check_consent(self) -> None:
        """Raises ConsentMissing."""
        if not self.consented:
            raise ConsentMissing


def pressed_at(phone_at: int | None, at: int) -> int:
    """When a button was pressed, by the phone where it tells and can be right: never in the future."""
    return at if phone_at is None else min(phone_at, at)


def taken_off_at(order: Order, history: Iterable[OrderStep], escort_id: int) -> int | None:
    """When the order was taken off the escort, or ended without having been served; None while it is the escort's.
    Raises OrderNotFound when it never was."""
    known, off, last = order.escort_id == escort_id, None, 0
    for step in history:
        last = step.at
        if step.escort_id == escort_id:
            known, off = True, None
        elif known and off is None and (step.escort_id is not None or step.to_state == OrderState.PAID):
            off = step.at
    if not known:
        raise OrderNotFound
    if order.escort_id == escort_id:
        return last if order.ending in UNSERVED else None
    return last if off is None else off


async def lock_job(
    tx: Transaction, order_id: int, escort_id: int, phone_at: int | None, at: int, *, late: bool = True
) -> Job:
    """Lock the order for its escort, its user first. ``late``: may an escort who was taken off it send what was pressed
    before? Raises OrderNotFound, TakenOff, VisitOver, EscortSuspended."""
    found = await tx.orders.get(order_id)
    if found is None:
        raise OrderNotFound
    living = await tx.users.lock_living(found.user_id)
    order = await tx.orders.lock(order_id)
    assert order is not None  # orders are never deleted
    off = taken_off_at(order, await tx.orders.history(order_id), escort_id)
    if off is None:
        escort = await tx.escorts.get(escort_id)
        if escort is None or escort.state != EscortState.APPROVED:
            raise EscortSuspended
    elif not (late and phone_at is not None and phone_at < off and at - phone_at <= LATE_ARRIVAL):
        raise VisitOver if order.escort_id == escort_id else TakenOff
    consented = living and await _consented(tx, order)
    return Job(order, consented, current=off is None)


async def _consented(reader: Reader, order: Order) -> bool:
    return (await consents.visit_record(reader, order.user_id)).given


async def run_once(storage: Storage, work: Callable[[Transaction], Awaitable[Result]]) -> Result:
    """``storage.run`` for what carries an action's id: when the same action was recorded by another request at the same
    moment, it is run again, and finds it."""
    try:
        return await storage.run(work)
    except Duplicate:
        return await storage.run(work)
