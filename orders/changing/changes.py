"""Changing a paid order: its day, hour and place, under its lock; its escort's booking moves with it, or nothing does.

A change is a row of ``order_changes`` and one of the order's history, which its user reads. Price and service never
change this way. What users do by themselves: ``orders.changing.moves``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from frozen_dataclasses import frozen
from orders.booking.bookable_days import DayRules, check_day, day_words
from orders.booking.day_places import visit_of
from orders.booking.visit_date import check_visit_date
from orders.changing.visit_changed import follow_change
from orders.escorts.availability import obstacle
from orders.serving import book, held_half, take_off
from orders.visit_time import HALVES, halves_of
from orders.visits import troubles
from refusals import OrderNotFound, Refused
from storage import Transaction
from storage.models import (
    ORDERS_TO_SERVE,
    Cause,
    ChangeKind,
    ChangeState,
    Escort,
    EscortState,
    Order,
    OrderState,
)
from storage.writes import NewOrderChange, VisitChange, columns

NOT_SETTLED = "待确认"
FIELDS = {
    "visit_date": "日期",
    "visit_time": "时间",
    "hospital_name": "医院",
    "campus": "院区",
    "meeting_point": "见面地点",
    "department": "科室",
    "contact_phone_tail": "联系电话",
    "wishes": "其他需求",
}
"""What a change may be about, in the order in which it is told."""
UNTOLD = ("contact_phone_tail", "wishes")
"""Of these the history says that they are new, and not what they are."""

RefundPercent = Callable[[Order], int]
"""What a cancellation of the order would give back now, in percent: ``payment.refunds`` knows."""


class NotChangeable(Refused):
    """Not paid, over, or on its way back."""

    slug = "order_not_changeable"
    message = "只有已付款、在服务的订单可以修改；有退款申请的请先处理申请"


class NothingChanged(Refused):
    slug = "nothing_changed"
    message = "没有改动：填写的内容和现在的一样"


class EscortTaken(Refused):
    """The escort of the order cannot come then; nothing was changed."""

    slug = "escort_unavailable"


class OrderChanged(Refused):
    """The order is no longer what was shown; ``changed``: which parts of the ``basis_of_change``."""

    slug = "order_changed"
    message = "没有保存：您打开页面以后，这个订单有了变化，请刷新后再改"

    def __init__(self, changed: set[str]) -> None:
        super().__init__()
        self.changed = changed


@frozen()
class ChangeTerms:
    """How a change is made. ``wanted_by_user``: asked for by the user, so that it gives back no more than before;
    ``take_escort_off``: the escort need not come with it; ``notice``: does the notice for visits of today count?"""

    rules: DayRules
    percent: RefundPercent
    wanted_by_user: bool = True
    take_escort_off: bool = False
    notice: bool = False


def basis_of_change(order: Order) -> dict[str, object]:
    """What a change is based on."""
    names = (
        "visit_date",
        "visit_time",
        "hospital_id",
        "hospital_name",
        "campus",
        "meeting_point",
        "department",
    )
    numbers = ("contact_phone_sealed", "wishes", "state", "escort_id")
    return {name: getattr(order, name) for name in (*names, *numbers)}


def may_change(order: Order) -> bool:
    """May the office change the order now?"""
    return order.state in ORDERS_TO_SERVE


async def change_by_office(
    tx: Transaction,
    order_id: int,
    wanted: VisitChange,
    cause: Cause,
    terms: ChangeTerms,
    changed: Callable[[Mapping[str, object]], set[str]] = lambda basis: set(),
) -> Order:
    """The office changes a paid order; what it is now. ``changed`` tells which parts of the ``basis_of_change`` are not
    as the caller has seen them.

    Raises OrderNotFound, OrderChanged, NotChangeable, NothingChanged, VisitDateRefused, DayClosed, EscortTaken.
    """
    order = await tx.orders.lock(order_id)
    if order is None:
        raise OrderNotFound
    if different := changed(basis_of_change(order)):
        raise OrderChanged(different)
    after = await apply_change(tx, order, wanted, cause, terms)
    await tx.order_changes.add(_done(order, after, ChangeKind.OFFICE, cause))
    return after


async def apply_change(
    tx: Transaction, order: Order, wanted: VisitChange, cause: Cause, terms: ChangeTerms
) -> Order:
    """Change the locked order, move its escort's booking, and tell everybody; what it is now.

    Raises as ``change_by_office``, before anything is written.
    """
    if not may_change(order):
        raise NotChangeable
    after = replace(order, **columns(wanted))
    if not differences(order, after):
        raise NothingChanged
    if after.visit_date != order.visit_date:
        check_visit_date(after.visit_date, cause.at, terms.rules.horizon_days)
    if visit_of(after) != visit_of(order):
        await check_day(tx, terms.rules, visit_of(after), cause.at, order.id, notice=terms.notice)
        wanted = replace(wanted, overbooked_open=False)
    if _moves(order, after):
        percent = min(order.max_refund_percent, terms.percent(order)) if terms.wanted_by_user else 100
        wanted = replace(wanted, max_refund_percent=percent, user_confirmed_at=None, escort_confirmed_at=None)
    state = await _move_booking(tx, order, after, cause, terms)
    told = replace(cause, reason=_told(order, after, cause.reason))
    await tx.orders.rewrite(order.id, state, wanted, told)
    changed = await tx.orders.get(order.id)
    assert changed is not None
    await follow_change(tx, order, changed, cause.at)
    return changed


def _moves(order: Order, after: Order) -> bool:
    """Is the visit at another time?"""
    return (order.visit_date, order.visit_time) != (after.visit_date, after.visit_time)


async def _move_booking(tx: Transaction, order: Order, after: Order, cause: Cause, terms: ChangeTerms) -> str:
    """The escort is booked where the visit is now, or taken off it; the order's state then. Raises EscortTaken before
    anything is written."""
    if order.state != OrderState.SERVING or order.escort_id is None:
        return order.state
    if terms.take_escort_off:
        await take_off(tx, order, cause)
        return OrderState.PAID
    held = [booking.half for booking in await tx.escorts.bookings_of_order(order.id)]
    chosen = held_half(held)
    if after.visit_time and len(held) < len(HALVES):
        chosen = ""
    halves = halves_of(after, chosen)
    if after.visit_date == order.visit_date and sorted(halves) == sorted(held):
        return order.state
    escort = await tx.escorts.lock(order.escort_id)
    assert escort is not None  # escorts are never deleted
    if why := await _why_taken(tx, escort, after, chosen, terms.rules):
        raise EscortTaken(why)
    await tx.escorts.release(order.id)
    await book(tx, after, escort.id, chosen, terms.rules.visits.errands_per_half_day)
    await troubles.close_leave(tx, order.id, escort.id, troubles.MOVED, cause.at)
    return order.state


async def _why_taken(tx: Transaction, escort: Escort, after: Order, chosen: str, rules: DayRules) -> str:
    """Who cannot come, and why; empty: they can. The escort is locked."""
    name = escort.name or "原来的陪诊员"
    if escort.state != EscortState.APPROVED:
        return f"陪诊员 {name} 现在不能接单"
    why = await obstacle(tx, after, escort.id, chosen, rules.visits.errands_per_half_day)
    return f"陪诊员 {name} {day_words(after.visit_date)}{why.removeprefix('这天')}" if why else ""


def differences(order: Order, after: Order) -> dict[str, tuple[Any, Any]]:
    """What is new: field, what it was, what it is; told by ``FIELDS``. A number that ends as before is new, too."""
    found = {
        name: (getattr(order, name), getattr(after, name))
        for name in FIELDS
        if getattr(order, name) != getattr(after, name)
    }
    if order.hospital_id != after.hospital_id:
        found["hospital_name"] = (order.hospital_name, after.hospital_name)
    if order.contact_phone_sealed != after.contact_phone_sealed:
        found["contact_phone_tail"] = (order.contact_phone_tail, after.contact_phone_tail)
    return found


def in_words(order: Order, after: Order) -> str:
    """The change as people read it: ``日期 12月1日（周二）→ 12月3日（周四），时间定为 09:00``."""
    parts = []
    for name, (was, is_now) in differences(order, after).items():
        if name in UNTOLD:
            parts.append(f"{FIELDS[name]}已更新")
        elif name == "visit_date":
            parts.append(f"{FIELDS[name]} {day_words(was)}→ {day_words(is_now)}")
        elif was:
            empty = NOT_SETTLED if name == "visit_time" else "不再指定"
            parts.append(f"{FIELDS[name]} {was} → {is_now or empty}")
        else:
            parts.append(f"{FIELDS[name]}定为 {is_now}")
    return "，".join(parts)


def _told(order: Order, after: Order, reason: str) -> str:
    """What the history says of a change."""
    return "。".join(filter(None, (in_words(order, after), f"原因：{reason}" if reason else "")))


def _done(order: Order, after: Order, kind: ChangeKind, cause: Cause) -> NewOrderChange:
    """The row of a change that was made at once."""
    before_json, after_json = as_json(order, after)
    return NewOrderChange(
        order_id=order.id,
        open_order_id=None,
        kind=kind,
        state=ChangeState.DONE,
        actor_kind=cause.actor.kind,
        actor_id=cause.actor.id,
        reason=cause.reason,
        before_json=before_json,
        after_json=after_json,
        asked_at=cause.at,
        decided_at=cause.at,
        decided_by=cause.actor.id if cause.actor.kind == "admin" else None,
    )


def as_json(order: Order, after: Order, always: tuple[str, ...] = ()) -> tuple[str, str]:
    """What was before and what is after, of what is new and of the fields ``always``; of numbers only the end."""
    found = {name: (getattr(order, name), getattr(after, name)) for name in always} | differences(
        order, after
    )
    before, now = ({name: pair[side] for name, pair in found.items()} for side in (0, 1))
    return json.dumps(before, ensure_ascii=False), json.dumps(now, ensure_ascii=False)
