"""Users move a visit: by themselves as often and as long as the settings allow, else by asking the office, which
accepts or refuses (docs/visit.md). One request of an order is open at a time.
"""

from __future__ import annotations

import json
from dataclasses import replace

from clock import HOUR, day_bounds, shanghai
from frozen_dataclasses import frozen
from orders.booking.bookable_days import DayRules, check_day
from orders.booking.day_places import visit_of
from orders.booking.visit_date import check_visit_date
from orders.changing.changes import (
    ChangeTerms,
    EscortTaken,
    NothingChanged,
    apply_change,
    as_json,
    in_words,
    may_change,
)
from orders.messages import queue_move_refused
from orders.sharing import access
from orders.visit_time import begin_of
from refusals import InvalidInput, OrderNotFound, Refused
from storage import Duplicate, Transaction
from storage.locked_rows import must_have_changed
from storage.models import Actor, Cause, ChangeKind, ChangeState, Order, OrderChange
from storage.writes import NewOrderChange, VisitChange


class NotMovable(Refused):
    slug = "not_movable"
    message = "这个订单现在不能改期，请联系客服"


class TooLateToMove(Refused):
    slug = "too_late_to_move"
    message = "就诊已经开始，不能再改期；如需帮助请联系客服"


class VisitMoved(Refused):
    """The visit is no longer when the user has seen it."""

    slug = "order_changed"
    message = "就诊时间已经有了变化，请刷新后再看"


class AlreadyRequested(Refused):
    slug = "move_already_requested"
    message = "您已经申请过改期，客服会尽快答复；想改成别的时间，请先撤回"


class NoMoveRequested(Refused):
    slug = "no_move_requested"
    message = "这个改期申请已经处理过了，请刷新后再看"


@frozen()
class Move:
    """What a user wants: a day ``YYYY-MM-DD`` and an hour ``HH:MM`` (empty: not settled); what they have seen; why."""

    visit_date: str
    visit_time: str
    seen: tuple[str, str]
    reason: str = ""

    @property
    def change(self) -> VisitChange:
        return VisitChange(visit_date=self.visit_date, visit_time=self.visit_time)


@frozen()
class MoveState:
    """What a user may do about the time of a visit. ``mode``: ``self``, or ``request``: the office decides;
    ``alone_until``: the last moment (ms) of ``self``; ``request``: what waits for the office."""

    mode: str
    moves_left: int
    alone_until: int
    request: OrderChange | None


def move_state(order: Order, changes: list[OrderChange], rules: DayRules, at: int) -> MoveState | None:
    """What the order's page offers; None: nothing."""
    if not may_change(order) or _is_over(order, at):
        return None
    until = begin_of(order) - rules.visits.user_move_hours * HOUR
    left = max(rules.visits.user_moves - order.user_moves, 0)
    request = next((change for change in changes if change.open_order_id is not None), None)
    return MoveState("self" if _alone(order, rules, at) else "request", left, until, request)


def _is_over(order: Order, at: int) -> bool:
    """Has the visit begun? One whose hour is not settled can be moved until its day is over."""
    if order.started_at is not None:
        return True
    return at >= (begin_of(order) if order.visit_time else day_bounds(order.visit_date)[1])


def _alone(order: Order, rules: DayRules, at: int) -> bool:
    """May the user move the visit without the office?"""
    in_time = at <= begin_of(order) - rules.visits.user_move_hours * HOUR
    return in_time and order.user_moves < rules.visits.user_moves


async def move_by_user(
    tx: Transaction, order_id: int, user_id: int, wanted: Move, terms: ChangeTerms, at: int
) -> bool:
    """The owner of an order moves the visit (True), or asks the office to (False).

    Raises OrderNotFound, OrderRemoved, NotMovable, TooLateToMove, VisitMoved, AlreadyRequested, NothingChanged,
    InvalidInput (the hour is past), VisitDateRefused, DayClosed.
    """
    order = (await access.lock(tx, order_id, user_id, access.Act.MANAGE)).order
    _check_movable(order, wanted, at)
    if await tx.order_changes.open_of_order(order.id) is not None:
        raise AlreadyRequested
    check_visit_date(wanted.visit_date, at, terms.rules.horizon_days)
    _check_not_past(wanted, at)
    after = replace(order, visit_date=wanted.visit_date, visit_time=wanted.visit_time)
    cause = Cause(Actor("user", user_id), at, wanted.reason)
    if _alone(order, terms.rules, at):
        try:
            await _move(tx, order, wanted, cause, terms)
            return True
        except EscortTaken:
            """Nothing was written: the office decides who comes."""
    await check_day(tx, terms.rules, visit_of(after), at, order.id)
    await _ask(tx, order, after, cause, min(order.max_refund_percent, terms.percent(order)))
    return False


def _check_movable(order: Order, wanted: Move, at: int) -> None:
    if not may_change(order):
        raise NotMovable
    if wanted.seen != (order.visit_date, order.visit_time):
        raise VisitMoved
    if _is_over(order, at):
        raise TooLateToMove
    if (wanted.visit_date, wanted.visit_time) == (order.visit_date, order.visit_time):
        raise NothingChanged("和现在的就诊时间一样，请选别的时间")


def _check_not_past(wanted: Move, at: int) -> None:
    now = shanghai(at)
    if wanted.visit_time and (wanted.visit_date, wanted.visit_time) <= (
        now.strftime("%Y-%m-%d"),
        now.strftime("%H:%M"),
    ):
        raise InvalidInput("visit_time", "这个时间已经过去，请选晚一点的时间")


async def _move(tx: Transaction, order: Order, wanted: Move, cause: Cause, terms: ChangeTerms) -> None:
    settles = order.visit_date == wanted.visit_date and not order.visit_time
    moves = order.user_moves if settles else order.user_moves + 1
    change = replace(wanted.change, user_moves=moves)
    after = await apply_change(tx, order, change, cause, replace(terms, wanted_by_user=True, notice=True))
    before_json, after_json = as_json(order, after)
    await tx.order_changes.add(
        replace(
            _row(order, cause, before_json, after_json),
            kind=ChangeKind.USER,
            state=ChangeState.DONE,
            open_order_id=None,
            decided_at=cause.at,
        )
    )


async def _ask(tx: Transaction, order: Order, after: Order, cause: Cause, percent: int) -> None:
    row = replace(
        _row(order, cause, *as_json(order, after, ("visit_date", "visit_time"))), max_refund_percent=percent
    )
    try:
        await tx.order_changes.add(row)
    except Duplicate:
        raise AlreadyRequested from None
    said = f"申请改期：{in_words(order, after)}"
    reason = f"{said}。原因：{cause.reason}" if cause.reason else said
    await tx.orders.rewrite(order.id, order.state, VisitChange(), replace(cause, reason=reason))


def _row(order: Order, cause: Cause, before_json: str, after_json: str) -> NewOrderChange:
    return NewOrderChange(
        order_id=order.id,
        open_order_id=order.id,
        kind=ChangeKind.REQUEST,
        state=ChangeState.ASKED,
        actor_kind=cause.actor.kind,
        actor_id=cause.actor.id,
        reason=cause.reason,
        before_json=before_json,
        after_json=after_json,
        asked_at=cause.at,
    )


async def withdraw_request(tx: Transaction, order_id: int, user_id: int, at: int) -> None:
    """The owner takes the request back. Raises OrderNotFound, OrderRemoved, NoMoveRequested."""
    order = (await access.lock(tx, order_id, user_id, access.Act.MANAGE)).order
    change = await tx.order_changes.open_of_order(order.id)
    if change is None:
        raise NoMoveRequested
    must_have_changed(await tx.order_changes.close(change.id, ChangeState.WITHDRAWN, at, None, ""))
    cause = Cause(Actor("user", user_id), at, "撤回了改期申请")
    await tx.orders.rewrite(order.id, order.state, VisitChange(), cause)


async def decide_request(
    tx: Transaction, order_id: int, change_id: int, cause: Cause, terms: ChangeTerms | None
) -> tuple[Order, Order]:
    """The office accepts a request, or refuses it (``terms`` is None; the reason of ``cause`` is told to the user); the
    order before and after.

    Raises NoMoveRequested (withdrawn or decided by a colleague), and what ``change_by_office`` raises.
    """
    order = await tx.orders.lock(order_id)
    if order is None:
        raise OrderNotFound
    change = await tx.order_changes.open_of_order(order.id)
    if change is None or change.id != change_id:
        raise NoMoveRequested
    if terms is None:
        await _close(tx, change, ChangeState.REFUSED, cause)
        said = f"改期申请未通过：{cause.reason}" if cause.reason else "改期申请未通过"
        await tx.orders.rewrite(order.id, order.state, VisitChange(), replace(cause, reason=said))
        await queue_move_refused(tx, order, cause.at)
        return order, order
    wanted = json.loads(change.after_json)
    limited = replace(terms, percent=lambda _: change.max_refund_percent, wanted_by_user=True)
    reason = "。".join(filter(None, ("同意您的改期申请", cause.reason)))
    after = await apply_change(tx, order, VisitChange(**wanted), replace(cause, reason=reason), limited)
    await _close(tx, change, ChangeState.DONE, cause)
    return order, after


async def _close(tx: Transaction, change: OrderChange, state: ChangeState, cause: Cause) -> None:
    must_have_changed(await tx.order_changes.close(change.id, state, cause.at, cause.actor.id, cause.reason))
