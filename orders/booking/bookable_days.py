"""Which days can be booked: blocked days, the notice for visits of today, and the places of a day (docs/visit.md).

It is decided under the lock of the day's row, which is taken after those of user, order and payment attempt, and
before that of an escort: of any number who want the last place one has it. Where there is no limit, orders share
the lock, and only who blocks the day waits for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from clock import MINUTE, shanghai
from config import Settings
from config.visit_settings import VisitSettings
from frozen_dataclasses import frozen
from orders.booking.day_places import DayPlaces, Visit, visit_of
from orders.booking.visit_date import last_bookable_day
from orders.visit_time import HALVES, NOON
from refusals import Refused, Unknown
from storage import Duplicate, Reader, Transaction
from storage.models import BlockedDay, EscortState, Order, Takes

HALF_NAMES = {"am": "上午", "pm": "下午"}
WEEKDAYS = "一二三四五六日"
NO_LIMIT = "0"
"""``visits.capacity``: places are not counted."""
SAME_DAY_OVER, HALF_OVER, BLOCKED, FULL = "same_day_over", "half_day_over", "day_blocked", "day_full"


class DayClosed(Refused):
    """The day, or its half, takes no order. The sentence says why, and what to choose instead."""

    def __init__(self, slug: str, message: str) -> None:
        super().__init__(message)
        self.slug = slug


class AlreadyBlocked(Refused):
    slug = "day_already_blocked"
    message = "这一天已经设置过停止预约了"


class BlockGone(Unknown):
    """A colleague has removed it."""

    slug = "blocked_day_not_found"
    message = "这一条已经被移除了"


class OverbookedSettled(Refused):
    """A colleague was quicker, or the visit was moved."""

    slug = "overbooked_settled"
    message = "这个订单已经有人处理过了"


@frozen()
class DayRules:
    """The settings that decide about days."""

    visits: VisitSettings
    horizon_days: int

    @classmethod
    def of(cls, settings: Settings) -> DayRules:
        return cls(settings.visits, settings.orders.horizon_days)


@frozen()
class Closed:
    """Why a day cannot be booked: the slug of the refusal, and the reason as people read it."""

    slug: str
    reason: str


@frozen()
class DayState:
    """A day of the form's calendar: why it is closed, as a whole and per half-day; None: open."""

    day: str
    closed: Closed | None
    halves: dict[str, Closed | None]


async def check_day(
    tx: Transaction, rules: DayRules, visit: Visit, at: int, order_id: int = 0, *, notice: bool = True
) -> None:
    """May this visit be booked now? The day is locked from here on. ``order_id``: the order that is changed or paid,
    which is not counted; ``notice``: does the notice for visits of today count? Raises DayClosed."""
    await _lock(tx, rules, visit.day)
    (known,) = await _read(tx, rules, visit.day, 1, at, order_id)
    closed = known.why_closed(visit, rules, at, notice=notice)
    if closed is not None:
        raise DayClosed(closed.slug, await _refusal(tx, rules, visit, closed, at, order_id))


async def hold_place(tx: Transaction, rules: DayRules, order: Order, at: int) -> None:
    """The payment of an unpaid order begins: its place is kept for it for some time. Raises DayClosed."""
    await check_day(tx, rules, visit_of(order), at, order.id)
    await tx.visit_days.hold(order.id, at + rules.visits.place_hold_minutes * MINUTE)


async def is_overbooked(tx: Transaction, rules: DayRules, order: Order, at: int) -> bool:
    """Is the day of an order that is just being paid blocked, or full without it? The day is locked from here on. An
    order whose place is still held for it had one."""
    visit = visit_of(order)
    await _lock(tx, rules, visit.day)
    (known,) = await _read(tx, rules, visit.day, 1, at, order.id)
    if known.why_blocked(visit) is not None:
        return True
    return order.place_held_until <= at and known.is_full(visit)


async def _lock(tx: Transaction, rules: DayRules, day: str) -> None:
    """Where places are counted, one after the other does; where none are, nobody has to wait but for who blocks the
    day."""
    if rules.visits.capacity == NO_LIMIT:
        await tx.visit_days.lock_shared(day)
    else:
        await tx.visit_days.lock(day)


async def settle_overbooked(tx: Transaction, order: Order, at: int) -> None:
    """The office has seen to an order that was paid for a day that was full or blocked. Raises OverbookedSettled."""
    if not await tx.visit_days.close_overbooked(order.id, at):
        raise OverbookedSettled


async def days_from(reader: Reader, rules: DayRules, visit: Visit, days: int, at: int) -> list[DayState]:
    """``days`` days from that of the visit on, each as the form shows it. The visit's half does not count."""
    last = last_bookable_day(at, rules.horizon_days)
    states = []
    for known in await _read(reader, rules, visit.day, days, at):
        wanted = replace(visit, day=known.day, half="")
        if known.day > last:
            closed: Closed | None = Closed("beyond_horizon", f"最多提前 {rules.horizon_days} 天预约")
            halves: dict[str, Closed | None] = dict.fromkeys(HALVES, closed)
        else:
            closed = known.why_closed(wanted, rules, at)
            halves = {
                half: closed
                if visit.takes == Takes.DAY
                else known.why_closed(replace(wanted, half=half), rules, at)
                for half in HALVES
            }
        states.append(DayState(known.day, closed, halves))
    return states


async def block(tx: Transaction, day: BlockedDay) -> int:
    """Nobody may book this day, or half of one, from now on; the row's id. Its orders stay. Raises AlreadyBlocked."""
    await tx.visit_days.lock(day.visit_date)
    try:
        return await tx.visit_days.block(day)
    except Duplicate:
        raise AlreadyBlocked(f"{day_words(day.visit_date)}已经设置过停止预约了") from None


async def unblock(tx: Transaction, blocked_id: int) -> BlockedDay:
    """The day can be booked again; what was blocked. Raises BlockGone."""
    found = await tx.visit_days.get(blocked_id)
    if found is None or not await tx.visit_days.unblock(blocked_id):
        raise BlockGone
    return found


@frozen()
class _KnownDay:
    """What decides about a day."""

    day: str
    blocked: Sequence[BlockedDay]
    places: DayPlaces | None
    """None: there is no limit."""

    def why_closed(self, visit: Visit, rules: DayRules, at: int, *, notice: bool = True) -> Closed | None:
        now = shanghai(at)
        today, time = now.strftime("%Y-%m-%d"), now.strftime("%H:%M")
        if self.day < today:
            return Closed(SAME_DAY_OVER, "已经过去")
        if notice and self.day == today and time >= rules.visits.same_day_until:
            return Closed(SAME_DAY_OVER, _notice_over(rules.visits.same_day_until))
        if notice and self.day == today and visit.half == "am" and time >= NOON:
            return Closed(HALF_OVER, "上午已经过去")
        if (reason := self.why_blocked(visit)) is not None:
            return Closed(BLOCKED, reason)
        return Closed(FULL, "已约满") if self.is_full(visit) else None

    def _reasons(self, hospital_id: int) -> dict[str, str]:
        """Why the half-days are blocked for visits to this hospital."""
        return {
            half: each.reason
            for each in self.blocked
            if each.hospital_id in (0, hospital_id)
            for half in (HALVES if each.half not in HALVES else (each.half,))
        }

    def why_blocked(self, visit: Visit) -> str | None:
        reasons = self._reasons(visit.hospital_id)
        if visit.takes == Takes.DAY:
            return next(iter(reasons.values()), None)
        if visit.half:
            return reasons.get(visit.half)
        return next(iter(reasons.values())) if len(reasons) == len(HALVES) else None

    def is_full(self, visit: Visit) -> bool:
        """Is there no place left? A visit whose hour is not settled can only be in the half-day that is not blocked."""
        if self.places is None:
            return False
        open_halves = [half for half in HALVES if half not in self._reasons(visit.hospital_id)]
        if not visit.half and len(open_halves) == 1:
            visit = replace(visit, half=open_halves[0])
        return not self.places.fits(visit)


def _notice_over(until: str) -> str:
    return "今天不接受当天预约" if until == "00:00" else f"当天的预约到 {until} 截止"


async def _read(
    reader: Reader, rules: DayRules, first: str, days: int, at: int, order_id: int = 0
) -> list[_KnownDay]:
    """What decides about so many days from ``first`` on."""
    begin = date.fromisoformat(first)
    days = min(days, (date.max - begin).days + 1)
    wanted = [(begin + timedelta(step)).isoformat() for step in range(days)]
    last, repository, capacity = wanted[-1], reader.visit_days, rules.visits.capacity
    blocked = await repository.blocked(first, last)
    if capacity == NO_LIMIT:
        return [_KnownDay(day, [each for each in blocked if each.visit_date == day], None) for day in wanted]
    taken = await repository.taken(first, last, at, order_id)
    on_leave: dict[tuple[str, str], int] = {}
    places = 0
    if capacity == "escorts":
        places = await repository.count_escorts(EscortState.APPROVED)
        on_leave = await repository.on_leave(first, last, EscortState.APPROVED)
    else:
        places = int(capacity)
    return [
        _KnownDay(
            day,
            [each for each in blocked if each.visit_date == day],
            DayPlaces(
                {half: max(places - on_leave.get((day, half), 0), 0) for half in HALVES},
                [each for each in taken if each.visit_date == day],
                rules.visits.errands_per_half_day,
            ),
        )
        for day in wanted
    ]


async def _refusal(
    tx: Transaction, rules: DayRules, visit: Visit, closed: Closed, at: int, order_id: int
) -> str:
    """Why the day is closed, and what can be chosen instead."""
    half = HALF_NAMES.get(visit.half, "") if visit.takes != Takes.DAY else ""
    why = f"{day_words(visit.day)}{half}不能预约：{closed.reason}。"
    today = shanghai(at).strftime("%Y-%m-%d")
    last = last_bookable_day(at, rules.horizon_days)
    count = (date.fromisoformat(last) - date.fromisoformat(today)).days + 1
    known = {each.day: each for each in await _read(tx, rules, today, count, at, order_id)}
    if half and visit.day in known:
        other = replace(visit, half=next(each for each in HALVES if each != visit.half))
        if known[visit.day].why_closed(other, rules, at) is None:
            return f"{why}当天{HALF_NAMES[other.half]}还可以约"
    later = [day for day in known if day > visit.day]
    for day in [*later, *(day for day in known if day < visit.day)]:
        if known[day].why_closed(replace(visit, day=day), rules, at) is None:
            return f"{why}最近可以选 {day_words(day)}{half}"
    return f"{why}近期都已约满，请联系客服"


def day_words(day: str) -> str:
    """``12月1日（周二）``."""
    named = date.fromisoformat(day)
    return f"{named.month}月{named.day}日（周{WEEKDAYS[named.weekday()]}）"
