"""Serving an order: assigning and unassigning an escort, finishing, reopening, rating."""

from __future__ import annotations

import json

from orders.transitions import Action, TransitionRefused, transition
from storage import Duplicate, Transaction
from storage.models import Actor, EscortState, Order, OrderState

HALVES = ("am", "pm")
FULL_DAY_UNIT = "天"


class EscortUnavailable(Exception):
    """The escort is not approved, or is taken on that day and half-day; nothing was changed."""


class NoSuchOrder(Exception):
    """There is no order with this id."""


async def _locked(tx: Transaction, order_id: int) -> Order:
    order = await tx.orders.lock(order_id)
    if order is None:
        raise NoSuchOrder(order_id)
    return order


def halves_of(order: Order, half: str) -> tuple[str, ...]:
    """The half-days an order takes: both for a full-day service, else the one that the administrator chose."""
    return HALVES if order.service_unit == FULL_DAY_UNIT or half not in HALVES else (half,)


async def assign(tx: Transaction, order_id: int, escort_id: int, half: str, actor: Actor, at: int) -> Order:
    """Give a paid order to an approved escort. ``half``: ``am``, ``pm`` or ``day``.

    Raises NoSuchOrder, TransitionRefused, EscortUnavailable.
    """
    order = await _locked(tx, order_id)
    escort = await tx.escorts.get(escort_id)
    if escort is None or escort.state != EscortState.APPROVED:
        raise EscortUnavailable(escort_id)
    await transition(tx, order, Action.ASSIGN, actor, at, reason=escort.name, escort_id=escort_id)
    await _book(tx, order, escort_id, half)
    await _tell(tx, order, escort.name, at)
    return order


async def _tell(tx: Transaction, order: Order, escort_name: str, at: int) -> None:
    """Put the subscribe message to the user in line."""
    facts = {
        "order_id": order.id,
        "service_name": order.service_name,
        "hospital_name": order.hospital_name,
        "visit_date": order.visit_date,
        "escort": escort_name,
        "at": at,
    }
    await tx.outbox.add(
        "escort", f"{order.id}-{at}", order.user_id, json.dumps(facts, ensure_ascii=False), at
    )


async def _book(tx: Transaction, order: Order, escort_id: int, half: str) -> None:
    try:
        for part in halves_of(order, half):
            await tx.escorts.book(escort_id, order.visit_date, part, order.id)
    except Duplicate:
        raise EscortUnavailable(escort_id) from None


async def unassign(tx: Transaction, order_id: int, actor: Actor, at: int, reason: str = "") -> Order:
    """Take the escort off a serving order. Raises NoSuchOrder, TransitionRefused."""
    order = await _locked(tx, order_id)
    await transition(tx, order, Action.UNASSIGN, actor, at, reason=reason, escort_id=None)
    await tx.escorts.release(order_id)
    return order


async def finish(tx: Transaction, order_id: int, actor: Actor, at: int) -> Order:
    """The visit is over. Only a paid or serving order can be finished. Raises NoSuchOrder, TransitionRefused."""
    order = await _locked(tx, order_id)
    await transition(tx, order, Action.FINISH, actor, at)
    await tx.escorts.release(order_id)
    return order


async def reopen(tx: Transaction, order_id: int, actor: Actor, at: int) -> Order:
    """Take a finish back: to serving while an escort is assigned, else to paid.

    Raises NoSuchOrder, TransitionRefused, EscortUnavailable (the escort has another order on that day by now).
    """
    order = await _locked(tx, order_id)
    target = OrderState.SERVING if order.escort_id is not None else OrderState.PAID
    await transition(tx, order, Action.REOPEN, actor, at, to=target)
    if order.escort_id is not None:
        await _book(tx, order, order.escort_id, "day")
    return order


async def rate(tx: Transaction, order: Order, stars: int, comment: str, at: int) -> None:
    """The user rates a finished order, once. Raises TransitionRefused otherwise."""
    if not await tx.orders.rate(order.id, order.user_id, stars, comment, at):
        raise TransitionRefused(Action.FINISH, order.state)
