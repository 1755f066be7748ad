"""Serving an order: assigning and unassigning an escort, finishing, reopening, rating."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from frozen_dataclasses import frozen
from orders.ending import settle
from orders.escort_pay import earnings
from orders.escorts import records
from orders.escorts.open_invitations import withdraw_open
from orders.escorts.qualifications import what_expired
from orders.messages import queue_assigned, queue_given, queue_unassigned
from orders.transitions import Action, TransitionRefused, transition
from orders.visit_time import HALVES, WHOLE_DAY, halves_of
from orders.visits import reminders, troubles
from refusals import OrderNotFound, Refused
from storage import Duplicate, Transaction
from storage.models import (
    Actor,
    Cause,
    Ending,
    Escort,
    EscortBooking,
    EscortState,
    Order,
    OrderState,
    Takes,
)
from storage.writes import NewRating, OrderMove

MAX_LOW_STARS = 3
"""A rating of at most so many stars is followed up by the office."""
WITHOUT_ESCORT = OrderMove(escort_id=None, escort_name="", escort_confirmed_at=None)
ESCORT_NO_LONGER_AVAILABLE = "原来的陪诊员现在不能接单，需要重新安排"
ARRANGED_DIRECTLY = "已安排陪诊员"
"""Why an invitation was withdrawn."""


@frozen()
class NewEscort:
    """Who serves an order from now on. ``instead_of``: the id of the one whom the office has seen on it."""

    escort_id: int
    instead_of: str | None = None


class EscortUnavailable(Exception):
    """The escort is not approved, has a document that is over, or is on leave or taken on that day and half-day;
    nothing was changed."""


class RatingFollowedUp(Refused):
    """A colleague was quicker."""

    slug = "rating_followed_up"
    message = "这条评价已经有人跟进了"


class ServesAlready(Refused):
    """There is nobody else to give it to."""

    slug = "serves_already"
    message = "这个订单本来就由这位陪诊员服务，请选另一位"


class NotRated(Refused):
    """Nobody has rated the order."""

    slug = "not_rated"
    message = "用户还没有评价"


class EscortChanged(Refused):
    """A colleague has given the order to another escort meanwhile."""

    slug = "escort_changed"
    message = "没有保存：您打开页面以后，这个订单换了陪诊员，请刷新后再看"


async def lock_order(tx: Transaction, order_id: int) -> Order:
    order = await tx.orders.lock(order_id)
    if order is None:
        raise OrderNotFound
    return order


async def _lock_available_escort(tx: Transaction, escort_id: int, at: int) -> Escort | None:
    """The escort, if orders may be given to them. Locked, so that no suspension or erasure slips in before the
    booking."""
    escort = await tx.escorts.lock(escort_id)
    if escort is None or escort.state != EscortState.APPROVED or await what_expired(tx, escort_id, at):
        return None
    return escort


async def assign(
    tx: Transaction, order_id: int, escort_id: int, half: str, cause: Cause, errands: int = 1
) -> Order:
    """Give a paid order to an approved escort. ``half``: ``am``, ``pm`` or ``day``, as ``halves_of`` counts it;
    ``errands``: so many errands may share a half-day of one escort (``visits.errands_per_half_day``). The escort is
    told; who else was invited cannot accept any more, and is told so.

    Raises OrderNotFound, TransitionRefused, EscortUnavailable.
    """
    order = await lock_order(tx, order_id)
    await give(tx, order, escort_id, half, cause, errands)
    await withdraw_open(tx, order, ARRANGED_DIRECTLY, cause.at, given_to=escort_id)
    await queue_given(tx, order, escort_id, cause.at)
    return order


async def give(tx: Transaction, order: Order, escort_id: int, half: str, cause: Cause, errands: int) -> None:
    """The locked order is served by this escort from now on, booked for these half-days, and its user is told. Raises
    TransitionRefused, EscortUnavailable."""
    escort = await _lock_available_escort(tx, escort_id, cause.at)
    if escort is None:
        raise EscortUnavailable(escort_id)
    given = OrderMove(escort_id=escort_id, escort_name=escort.name)
    await transition(tx, order, Action.ASSIGN, cause, given)
    await book(tx, order, escort_id, half, errands)
    await queue_assigned(tx, order, escort_id, cause.at)


def free_slot(order: Order, taken: Sequence[EscortBooking], errands: int) -> int | None:
    """Where an order fits into a half-day of an escort that holds the bookings ``taken``; None: nowhere.

    It takes the half-day for itself, slot 0, when that is empty. Errands share one: each takes a slot from 1 on.
    """
    if order.takes != Takes.ERRAND:
        return None if taken else 0
    used = {booking.slot for booking in taken}
    return None if 0 in used else next((slot for slot in range(1, errands + 1) if slot not in used), None)


async def book(tx: Transaction, order: Order, escort_id: int, half: str, errands: int) -> None:
    """Take the half-days that the order needs. The escort must be locked. Raises EscortUnavailable."""
    halves = halves_of(order, half)
    leave = await tx.leaves.of_escort(escort_id, order.visit_date, order.visit_date)
    if any(each.half in halves for each in leave):
        raise EscortUnavailable(escort_id)
    held = await tx.escorts.bookings_on(escort_id, order.visit_date)
    for part in halves:
        slot = free_slot(order, [booking for booking in held if booking.half == part], errands)
        if slot is None:
            raise EscortUnavailable(escort_id)
        try:
            await tx.escorts.book(EscortBooking(escort_id, order.visit_date, part, order.id, slot))
        except Duplicate:
            raise EscortUnavailable(escort_id) from None


async def unassign(
    tx: Transaction, order_id: int, actor: Actor, at: int, reason: str = "", seen: str | None = None
) -> Order:
    """Take the escort off a serving order, and tell them; ``seen``: the id of the one whom the office means to take off
    it.

    Raises OrderNotFound, TransitionRefused, EscortChanged.
    """
    order = await _lock_served(tx, order_id, seen)
    await take_off(tx, order, Cause(actor, at, reason))
    return order


async def reassign(tx: Transaction, order_id: int, new: NewEscort, cause: Cause, errands: int = 1) -> Order:
    """Give a serving order to another escort in one act: same half-days, the old one is told that they need not come,
    the new one that it is theirs, the user who comes now. Raises OrderNotFound, TransitionRefused, EscortChanged,
    ServesAlready, EscortUnavailable."""
    order = await _lock_served(tx, order_id, new.instead_of)
    if order.escort_id == new.escort_id:
        raise ServesAlready
    half = held_half([booking.half for booking in await tx.escorts.bookings_of_order(order.id)])
    await take_off(tx, order, cause)
    paid = await lock_order(tx, order.id)
    await give(tx, paid, new.escort_id, half, cause, errands)
    await queue_given(tx, paid, new.escort_id, cause.at)
    return order


async def _lock_served(tx: Transaction, order_id: int, seen: str | None) -> Order:
    order = await lock_order(tx, order_id)
    if seen is not None and seen != str(order.escort_id) and order.state == OrderState.SERVING:
        raise EscortChanged
    return order


async def take_off(tx: Transaction, order: Order, cause: Cause) -> None:
    """Nobody serves the locked order any more; who was to come is told. Raises TransitionRefused."""
    await transition(tx, order, Action.UNASSIGN, cause, WITHOUT_ESCORT)
    await tx.escorts.release(order.id)
    if order.escort_id is not None:
        await reminders.void_for_escort(tx, order.id, order.escort_id, cause.at)
        await troubles.close_of_escort(tx, order.id, order.escort_id, troubles.TAKEN_OFF, cause.at)
        await queue_unassigned(tx, order, order.escort_id, cause.at)


def held_half(halves: list[str]) -> str:
    """Half-days of one booking as one word: ``am``, ``pm``, ``day``, or nothing for none."""
    return WHOLE_DAY if len(halves) == len(HALVES) else "".join(halves)


async def finish(tx: Transaction, order_id: int, actor: Actor, at: int) -> Order:
    """The visit is over. Only a paid or serving order can be finished. Raises OrderNotFound, TransitionRefused.

    The order keeps which half-days its escort had, so that a reopening takes the same. Its escort earns what the rule
    gives.
    """
    order = await lock_order(tx, order_id)
    half = held_half([booking.half for booking in await tx.escorts.bookings_of_order(order_id)])
    await transition(tx, order, Action.FINISH, Cause(actor, at), OrderMove(half=half, ending=Ending.SERVED))
    await settle(tx, order, troubles.FINISHED, at)
    await reminders.drop(tx, order.id, at)
    await earnings.earn(tx, order, at)
    return order


async def reopen(tx: Transaction, order_id: int, actor: Actor, at: int, errands: int = 1) -> Order:
    """Take a finish back: to serving with the escort of before, at the same time of the day; to paid without one, when
    there was none or the one of before may not be given orders now. What was earned for it is taken back, too.
    ``errands``: as ``assign`` counts them.

    Raises OrderNotFound, TransitionRefused, EscortUnavailable (the escort has another order at that time by now).
    """
    order = await lock_order(tx, order_id)
    escort = await _lock_available_escort(tx, order.escort_id, at) if order.escort_id is not None else None
    await earnings.take_back(tx, order, at)
    if escort is not None:
        again = OrderMove(ending="", escort_name=escort.name)  # the name that is approved now
        await transition(tx, order, Action.REOPEN, Cause(actor, at), again, to=OrderState.SERVING)
        await book(tx, order, escort.id, order.half, errands)
        return order
    reason = ESCORT_NO_LONGER_AVAILABLE if order.escort_id is not None else ""
    changes = dataclasses.replace(WITHOUT_ESCORT, ending="")
    await transition(tx, order, Action.REOPEN, Cause(actor, at, reason), changes, to=OrderState.PAID)
    return order


async def follow_up_low_rating(tx: Transaction, order: Order, at: int) -> None:
    """The office has talked with the user about a low rating, which the overview no longer counts. Raises
    RatingFollowedUp: it was followed up already."""
    if not await tx.orders.close_low_rating(order.id, at):
        raise RatingFollowedUp


def may_rate(order: Order) -> bool:
    """May the user rate the order? Once, when it is finished."""
    return order.state == OrderState.FINISHED and not order.stars


async def rate(tx: Transaction, order: Order, rating: NewRating, at: int) -> None:
    """The user rates a finished order, once. Raises TransitionRefused otherwise."""
    low = rating.stars <= MAX_LOW_STARS
    order = await lock_order(tx, order.id)  # its escort may be another one since it was read
    if not await tx.orders.rate(order.id, order.user_id, rating, at, follow_up=low):
        raise TransitionRefused(Action.FINISH, order.state)
    await records.count_rating(tx, order, rating.stars)


async def answer_rating(tx: Transaction, order: Order, answer: str, at: int) -> None:
    """The office answers a rating of a locked order, for its user and its escort to read; another answer replaces it,
    an empty one takes it back. Raises NotRated."""
    if not order.stars:
        raise NotRated
    await tx.orders.answer_rating(order.id, answer, at if answer else None)
